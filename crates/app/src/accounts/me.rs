//! What somebody may know of themselves, and choose.

use model::documents::User;
use serde::Serialize;
use serde_json::{Map, Value};
use store::TypedStore;

use crate::records::merge_patch;
use crate::{App, AppError, Caller, connections};

/// The longest text of somebody's preferences, in bytes.
const LONGEST_PREFERENCES: usize = 16 * 1024;

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

/// Changes the caller's own preferences by a JSON merge patch. What they mean is the web app's to know.
pub async fn patch_preferences(
    app: &App,
    caller: &Caller,
    change: &Map<String, Value>,
) -> Result<User, AppError> {
    let mut changed = None;
    connections::save(app, caller.user_id, |user| {
        let mut preferences = preferences(user);
        merge_patch::apply(&mut preferences, change);
        let length = serde_json::to_string(&preferences).map_or(usize::MAX, |text| text.len());
        if length > LONGEST_PREFERENCES {
            let message = format!("They are longer than {LONGEST_PREFERENCES} bytes together.");
            return Err(AppError::field("preferences", message));
        }
        user.preferences = Some(Value::Object(preferences));
        changed = Some(user.clone());
        Ok(())
    })
    .await?;
    changed.ok_or(AppError::NotSignedIn)
}

/// What the web app remembers for this person.
pub fn preferences(user: &User) -> Map<String, Value> {
    user.preferences.as_ref().and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Whether Outlook works for this person.
pub fn outlook_status(user: &User) -> ConnectionStatus {
    match (&user.reconnect_reason, &user.access_token, &user.refresh_token) {
        (Some(_), _, _) => ConnectionStatus::ReconnectNeeded,
        (None, None, None) => ConnectionStatus::None,
        (None, _, _) => ConnectionStatus::Ok,
    }
}
