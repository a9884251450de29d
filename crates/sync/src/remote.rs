//! What a provider says about an item, in words both providers share.
//!
//! Adapters translate their wire types into these; the reconcile core knows nothing else of a provider.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar as the provider lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteCalendar {
    /// The provider's id, case-sensitive.
    pub id: String,
    /// The display name.
    pub name: String,
    /// `#rrggbb`, when the provider gives one.
    pub color: Option<String>,
    /// Whether it is the person's default calendar. More than one may claim it (samples, oddity 10).
    pub is_primary: bool,
    /// Whether the person may change its events.
    pub can_edit: bool,
}

/// One entry of a page of changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum RemoteEntry {
    /// A single event, a series master or an exception, complete.
    Event(Box<RemoteEvent>),
    /// A plain occurrence of a series: it follows from its master and is not stored.
    Occurrence {
        /// The occurrence's own id.
        id: String,
        /// The master's id.
        series_master_id: String,
        /// When it starts.
        start: Timestamp,
    },
    /// The provider says the item is gone from this view. Not proof of a deletion: it may have left the window.
    Removed {
        /// The item's id; its kind is not known.
        id: String,
    },
    /// An item that could not be understood; the others are not held up by it.
    Unreadable {
        /// The item's id, when at least that could be read.
        id: Option<String>,
        /// A stable code for the sync log.
        code: String,
        /// What was wrong with it, in a sentence.
        reason: String,
    },
}

/// What kind of item an event is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RemoteKind {
    /// An event of its own.
    Single,
    /// A series; its occurrences follow from the recurrence.
    Master {
        /// How it repeats.
        recurrence: RemoteRecurrence,
    },
    /// One occurrence of a series with data of its own.
    Exception {
        /// The master's id.
        series_master_id: String,
        /// The date, in the series' zone, on which the rule had put it.
        original_date: Date,
    },
}

/// How a series repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteRecurrence {
    /// RFC 5545 lines (`RRULE:…`), empty when the provider's rule has no such form.
    pub lines: Vec<String>,
    /// The provider's own form, verbatim, so that nothing is lost by reading it.
    pub original: serde_json::Value,
    /// Dates, in the series' zone, of occurrences that were cancelled. `None`: not known from this answer.
    pub cancelled: Option<Vec<Date>>,
}

/// When an event is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum RemoteTime {
    /// Between two instants, meant in a zone.
    Timed {
        /// First instant.
        start: Timestamp,
        /// First instant after it.
        end: Timestamp,
        /// IANA name of the zone the event was made in; UTC when the provider's name is unknown.
        zone: String,
        /// The provider's own zone name, when it is not the IANA name.
        provider_zone: Option<String>,
    },
    /// Whole days; never converted between zones.
    AllDay {
        /// First day.
        start: Date,
        /// First day after it.
        end: Date,
    },
}

/// Somebody invited. Read and shown, never written back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAttendee {
    /// Mail address, as given.
    pub email: String,
    /// Display name, may be empty.
    pub name: String,
    /// `none`, `accepted`, `declined` or `tentative`.
    pub response_status: String,
    /// Whether this is the organiser.
    pub is_organizer: bool,
}

/// An event as the provider has it: the shared fields only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RemoteEvent {
    /// The provider's id, immutable where the provider offers that.
    pub id: String,
    /// The provider's version mark. It moves by itself; never proof of an edit.
    pub etag: Option<String>,
    /// Single, master or exception.
    #[serde(flatten)]
    pub kind: RemoteKind,
    /// Title; empty when the provider has none.
    pub title: String,
    /// Description as plain text; empty when there is none.
    pub description: String,
    /// When it is.
    pub time: RemoteTime,
    /// Place as one line of text; empty when there is none.
    pub location: String,
    /// Category names in the provider's order.
    pub categories: Vec<String>,
    /// Who is invited.
    pub attendees: Vec<RemoteAttendee>,
    /// `free`, `tentative`, `busy`, `oof`, `workingElsewhere` or `unknown`.
    pub show_as: Option<String>,
    /// `normal`, `personal`, `private` or `confidential`.
    pub sensitivity: Option<String>,
    /// Whether the meeting was called off and only its shell is left.
    pub is_cancelled: bool,
    /// When the provider last changed it, for showing only.
    pub last_modified: Option<Timestamp>,
}
