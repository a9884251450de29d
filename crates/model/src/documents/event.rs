//! An event: what the organiser's calendar has, and what the crew needs.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Record, UNSET, record};
use crate::Id;
use crate::collections::{EVENTS, EVENTS_ARCHIVE};

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unarchived_at: Option<Timestamp>,
    pub occupied_from: Timestamp,
    pub occupied_until: Timestamp,
    pub span_class: i64,
    pub revision: i64,
}
record!(Event, EVENTS);

/// A document of `events_archive`: an event as it was, and when it was moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchivedEvent {
    /// The event.
    #[serde(flatten)]
    pub event: Event,
    /// When it was moved to the archive.
    pub archived_at: Timestamp,
}

impl Record for ArchivedEvent {
    const COLLECTION: &'static crate::schema::Collection = &EVENTS_ARCHIVE;

    fn id(&self) -> Id {
        self.event.id
    }

    fn revision(&self) -> i64 {
        self.event.revision
    }

    fn touch(&mut self, now: Timestamp) {
        self.event.touch(now);
    }
}

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
            unarchived_at: None,
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
        let until = match self.recurrence_until {
            Some(until) if self.is_recurring => until,
            None if self.is_recurring => Timestamp::MAX,
            _ => self.occupied_until,
        };
        let class = span_class(self.is_recurring, until.duration_since(self.occupied_from));
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

/// A class of spans: short events and long ones are searched apart, so that one long event does not widen the search for
/// all. The span of a series is from its first occurrence to the end of its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanClass {
    /// What `span_class` says of a live event; of a removed one [`SPAN_CLASS_REMOVED`] more.
    pub number: i64,
    /// Whether it is of masters of series. Their occurrences are computed, so that searches of single events skip them.
    pub is_series: bool,
    /// The longest span in it, in hours; `None` where there is no longest.
    pub limit_h: Option<i64>,
}

impl SpanClass {
    /// The class that a `span_class` stands for, of a live event or a removed one.
    pub fn of(span_class: i64) -> Option<&'static Self> {
        SPAN_CLASSES
            .iter()
            .find(|class| class.number == span_class || class.number + SPAN_CLASS_REMOVED == span_class)
    }
}

/// All classes, by number; of series and of single events each the shorter ones first.
pub const SPAN_CLASSES: [SpanClass; 9] = [
    SpanClass { number: -4, is_series: true, limit_h: Some(32 * 24) },
    SpanClass { number: -3, is_series: true, limit_h: Some(128 * 24) },
    SpanClass { number: -2, is_series: true, limit_h: Some(512 * 24) },
    SpanClass { number: -1, is_series: true, limit_h: None },
    SpanClass { number: 0, is_series: false, limit_h: Some(4) },
    SpanClass { number: 1, is_series: false, limit_h: Some(24) },
    SpanClass { number: 2, is_series: false, limit_h: Some(8 * 24) },
    SpanClass { number: 3, is_series: false, limit_h: Some(64 * 24) },
    SpanClass { number: 4, is_series: false, limit_h: None },
];

/// The number of the class of a span.
pub fn span_class(is_series: bool, span: SignedDuration) -> i64 {
    let fits = |class: &&SpanClass| {
        class.is_series == is_series
            && class.limit_h.is_none_or(|limit| span <= SignedDuration::from_hours(limit))
    };
    // The last class of each kind takes every span.
    SPAN_CLASSES.iter().find(fits).map_or(0, |class| class.number)
}
