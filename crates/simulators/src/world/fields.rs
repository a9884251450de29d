//! The content of an event: what a client may write, and what an occurrence inherits.

use serde_json::{Map, Value};

use super::times::Moment;

/// All shared content of a single event, a series or an exception.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fields {
    pub(super) subject: String,
    /// Always HTML; empty when nobody ever wrote a body.
    pub(super) body: String,
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) is_all_day: bool,
    /// The display name of `location`.
    pub(super) location: String,
    pub(super) locations: Vec<Place>,
    pub(super) categories: Vec<String>,
    pub(super) attendees: Vec<Attendee>,
    pub(super) sensitivity: String,
    pub(super) show_as: String,
    pub(super) importance: String,
    pub(super) reminder_minutes: i32,
    pub(super) is_reminder_on: bool,
    pub(super) response_requested: bool,
    pub(super) allow_new_time_proposals: bool,
    pub(super) hide_attendees: bool,
}

/// One entry of `locations`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) address: Option<Map<String, Value>>,
    pub(super) coordinates: Option<Map<String, Value>>,
}

/// Someone invited.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attendee {
    pub(super) name: String,
    pub(super) address: String,
    /// `required`, `optional` or `resource`.
    pub(super) kind: String,
    /// The server's own word: `none`, `accepted` and so on.
    pub(super) response: String,
}

impl Fields {
    /// An event of which only the time is known yet, with the values Graph fills in.
    pub(super) fn new(start: Moment, end: Moment) -> Self {
        Self {
            subject: String::new(),
            body: String::new(),
            start,
            end,
            is_all_day: false,
            location: String::new(),
            locations: Vec::new(),
            categories: Vec::new(),
            attendees: Vec::new(),
            sensitivity: "normal".to_owned(),
            show_as: "busy".to_owned(),
            importance: "normal".to_owned(),
            reminder_minutes: 15,
            is_reminder_on: true,
            response_requested: true,
            allow_new_time_proposals: true,
            hide_attendees: false,
        }
    }
}
