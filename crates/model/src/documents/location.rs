//! A location.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{UNSET, record};
use crate::Id;
use crate::collections::LOCATIONS;

/// A place on the globe, longitude first as MongoDB reads it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coordinates {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// A document of `locations`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    #[doc = "Its id."]
    #[serde(rename = "_id")]
    pub id: Id,
    /// Whose it is; absent: for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id>,
    /// Name; what events say in `location`.
    pub name: String,
    /// Full address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Place on the globe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinates: Option<Coordinates>,
    /// Most people at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<i64>,
    /// Stock that is in that room.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equipment_available: Vec<String>,
    /// Minutes wanted before an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setup_time_required: Option<i64>,
    /// Notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// How many events are there.
    pub usage_count: i64,
    /// Whether it is offered.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Rises with every change.
    pub revision: i64,
}
record!(Location, LOCATIONS);

impl Location {
    /// A new location of which only the name is known.
    pub fn named(id: Id, user_id: Option<Id>, name: &str) -> Self {
        Self {
            id,
            user_id,
            name: name.to_owned(),
            address: None,
            coordinates: None,
            capacity: None,
            equipment_available: Vec::new(),
            setup_time_required: None,
            notes: None,
            usage_count: 0,
            is_active: true,
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        }
    }
}
