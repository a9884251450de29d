//! An event: what the organiser's calendar has, and what the crew needs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{UNSET, record};
use crate::Id;
use crate::collections::EVENTS;

/// The span class of series masters: their occurrences are computed, so range searches of single events skip them.
pub const SPAN_CLASS_SERIES: i64 = -1;
/// Added to the span class of removed events, so that no search of live ones meets them.
pub const SPAN_CLASS_REMOVED: i64 = 100;

/// How urgent an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum PriorityLevel {
    Low,
    Medium,
    High,
    Critical,
}

/// How far an event agrees with its providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStatus {
    /// Both sides are equal.
    Synced,
    /// Something waits to be sent.
    Pending,
    /// Something could not be synced; `sync_errors` says what.
    Error,
    /// It has no provider.
    NotSynced,
}

/// Somebody invited. Read and shown, never written to a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attendee {
    /// Mail address as given.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// `none`, `accepted`, `declined` or `tentative`.
    pub response_status: String,
    /// Whether this is the organiser.
    pub is_organizer: bool,
}

/// The simple form of a recurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrencePattern {
    /// `daily`, `weekly`, `monthly` or `yearly`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Every so many of them.
    pub interval: i64,
    /// For weekly: `monday` and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days_of_week: Vec<String>,
    /// For monthly and yearly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<i64>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Timestamp>,
    /// Or after how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurrence_count: Option<i64>,
}

/// A document of `events`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration in collections::events documents every field")]
pub struct Event {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub calendar_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook_event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook_etag: Option<String>,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub start_time: Timestamp,
    pub end_time: Timestamp,
    pub all_day: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_start_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_end_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teardown_start_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teardown_end_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_notes: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment_required: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub staff_assigned: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_allocated: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_level: Option<PriorityLevel>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Attendee>,
    pub is_recurring: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_pattern: Option<RecurrencePattern>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_master_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_event_id: Option<String>,
    pub sync_status: SyncStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_synced: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sync_errors: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_by: Option<Id>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    pub time_zone: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recurrence_rule: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_original: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_lossless: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled_occurrences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_start: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inherits_shared: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<String>,
    pub is_cancelled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<Timestamp>,
    pub occupied_from: Timestamp,
    pub occupied_until: Timestamp,
    pub span_class: i64,
    pub revision: i64,
}
record!(Event, EVENTS);

impl Event {
    /// A new single event with only a title and times.
    pub fn new(id: Id, user_id: Id, calendar_id: Id, title: &str, start: Timestamp, end: Timestamp) -> Self {
        Self {
            id,
            user_id,
            calendar_id,
            outlook_event_id: None,
            outlook_etag: None,
            title: title.to_owned(),
            description: None,
            start_time: start,
            end_time: end,
            all_day: false,
            location: None,
            category: None,
            setup_start_time: None,
            setup_end_time: None,
            teardown_start_time: None,
            teardown_end_time: None,
            internal_notes: None,
            equipment_required: Vec::new(),
            staff_assigned: Vec::new(),
            budget_allocated: None,
            client_contact: None,
            internal_category: None,
            priority_level: None,
            attendees: Vec::new(),
            is_recurring: false,
            recurrence_pattern: None,
            recurrence_master_id: None,
            google_event_id: None,
            sync_status: SyncStatus::NotSynced,
            last_synced: None,
            sync_errors: Vec::new(),
            created_at: UNSET,
            updated_at: UNSET,
            created_by: None,
            last_modified_by: None,
            categories: Vec::new(),
            time_zone: "UTC".to_owned(),
            recurrence_rule: Vec::new(),
            recurrence_original: None,
            recurrence_lossless: None,
            recurrence_until: None,
            cancelled_occurrences: Vec::new(),
            original_date: None,
            original_start: None,
            inherits_shared: None,
            show_as: None,
            sensitivity: None,
            is_cancelled: false,
            removed_at: None,
            occupied_from: start,
            occupied_until: end,
            span_class: 0,
            revision: 0,
        }
    }

    /// Whether any of the custom internal fields has a value: such an event is never destroyed by a remote deletion.
    pub fn has_internal_data(&self) -> bool {
        self.setup_start_time.is_some()
            || self.setup_end_time.is_some()
            || self.teardown_start_time.is_some()
            || self.teardown_end_time.is_some()
            || self.internal_notes.is_some()
            || !self.equipment_required.is_empty()
            || !self.staff_assigned.is_empty()
            || self.budget_allocated.is_some()
            || self.client_contact.is_some()
            || self.internal_category.is_some()
            || self.priority_level.is_some()
    }

    /// Sets the derived fields from the others. Called before every write of an event.
    pub fn derive(&mut self) {
        self.occupied_from =
            self.setup_start_time.map_or(self.start_time, |setup| setup.min(self.start_time));
        self.occupied_until = self.teardown_end_time.map_or(self.end_time, |end| end.max(self.end_time));
        let class = if self.is_recurring {
            SPAN_CLASS_SERIES
        } else {
            span_class(self.occupied_until.as_millisecond() - self.occupied_from.as_millisecond())
        };
        self.span_class = if self.removed_at.is_some() { SPAN_CLASS_REMOVED + class } else { class };
    }

    /// The category names it counts for: Outlook's and the house's own.
    pub fn category_uses(&self) -> BTreeSet<&str> {
        let mut names: BTreeSet<&str> = self.categories.iter().map(String::as_str).collect();
        names.extend(self.category.as_deref());
        names.extend(self.internal_category.as_deref());
        names
    }
}

/// Longest span of each class, in milliseconds; what is longer has the class after the last.
pub const SPAN_LIMITS_MS: [i64; 4] = [4 * 3_600_000, 24 * 3_600_000, 8 * 86_400_000, 64 * 86_400_000];

/// The class of a span: short events and long ones are searched apart, so that one long event does not widen the
/// search for all.
pub fn span_class(span_ms: i64) -> i64 {
    SPAN_LIMITS_MS.iter().zip(0..).find(|(limit, _)| span_ms <= **limit).map_or(4, |(_, class)| class)
}
