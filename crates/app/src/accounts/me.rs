//! What somebody may know of themselves.

use model::documents::User;
use serde::Serialize;
use store::TypedStore;

use crate::{App, AppError, Caller};

/// Whether a provider works for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// It works.
    Ok,
    /// The person must sign in there again.
    ReconnectNeeded,
    /// It was never connected.
    None,
}

/// The caller's own record. `NotSignedIn` when it is gone.
pub async fn read(app: &App, caller: &Caller) -> Result<User, AppError> {
    app.store().read(caller.user_id).await?.ok_or(AppError::NotSignedIn)
}

/// Whether Outlook works for this person.
pub fn outlook_status(user: &User) -> ConnectionStatus {
    match (&user.reconnect_reason, &user.access_token, &user.refresh_token) {
        (Some(_), _, _) => ConnectionStatus::ReconnectNeeded,
        (None, None, None) => ConnectionStatus::None,
        (None, _, _) => ConnectionStatus::Ok,
    }
}
