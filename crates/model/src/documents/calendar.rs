//! A calendar.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{UNSET, record};
use crate::Id;
use crate::collections::CALENDARS;

/// A document of `calendars`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    #[doc = "Its id."]
    #[serde(rename = "_id")]
    pub id: Id,
    /// Whose it is.
    pub user_id: Id,
    /// Outlook's id; absent for a calendar made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlook_calendar_id: Option<String>,
    /// Name as shown.
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Whether it is the main calendar.
    pub is_primary: bool,
    /// Whether its events may be changed.
    pub can_edit: bool,
    /// Whether it is synced.
    pub is_active: bool,
    /// Google's id, when mirrored there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_calendar_id: Option<String>,
    /// Whether it is mirrored to the other platform.
    pub sync_enabled: bool,
    /// When a sync last ended well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_synced: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Why the last sync failed and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_error: Option<String>,
    /// Since when it is being deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_requested_at: Option<Timestamp>,
    /// Rises with every change.
    pub revision: i64,
}
record!(Calendar, CALENDARS);

impl Calendar {
    /// A new calendar that is only here.
    pub fn local(id: Id, user_id: Id, name: &str, color: &str) -> Self {
        Self {
            id,
            user_id,
            outlook_calendar_id: None,
            name: name.to_owned(),
            color: color.to_owned(),
            is_primary: false,
            can_edit: true,
            is_active: true,
            google_calendar_id: None,
            sync_enabled: false,
            last_synced: None,
            created_at: UNSET,
            updated_at: UNSET,
            sync_error: None,
            deletion_requested_at: None,
            revision: 0,
        }
    }
}
