//! A person who signed in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{UNSET, record};
use crate::Id;
use crate::collections::USERS;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Their own calendars.
    User,
}

/// A document of `users`. Tokens in it are sealed; `Debug` leaves them out.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    #[doc = "Its id."]
    #[serde(rename = "_id")]
    pub id: Id,
    /// The person's id at Outlook.
    pub outlook_user_id: String,
    /// Mail address, lower case.
    pub email: String,
    /// Name as shown.
    pub display_name: String,
    /// What the person may do.
    pub role: Role,
    /// Outlook access token, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Outlook refresh token, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// When the access token dies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<Timestamp>,
    /// Whether Google Calendar is connected.
    pub google_connected: bool,
    /// Google access token, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_access_token: Option<String>,
    /// Google refresh token, sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_refresh_token: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the person last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// Whether an administrator shut the person out.
    pub is_disabled: bool,
    /// Why Outlook must be connected again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconnect_reason: Option<String>,
    /// What the web app remembers for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Value>,
    /// Since when it is being deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_requested_at: Option<Timestamp>,
    /// Rises with every change.
    pub revision: i64,
}
record!(User, USERS);

impl User {
    /// A new person without tokens.
    pub fn new(id: Id, outlook_user_id: &str, email: &str, display_name: &str, role: Role) -> Self {
        Self {
            id,
            outlook_user_id: outlook_user_id.to_owned(),
            email: email.to_lowercase(),
            display_name: display_name.to_owned(),
            role,
            access_token: None,
            refresh_token: None,
            token_expires_at: None,
            google_connected: false,
            google_access_token: None,
            google_refresh_token: None,
            created_at: UNSET,
            updated_at: UNSET,
            last_login: None,
            is_disabled: false,
            reconnect_reason: None,
            preferences: None,
            deletion_requested_at: None,
            revision: 0,
        }
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}
