//! Which calendar an event is in.
//!
//! A path that names both, `/me/calendars/{c}/events/{e}`, answers the event whichever calendar it is in (microsoft-graph-docs
//! issue 391), and an immutable id survives a move; so the event is asked for its calendar.

use secrecy::SecretString;
use serde_json::Value;

use super::OutlookProvider;
use super::errors;
use super::event::{bad_id, gone};
use crate::contract::ProviderError;

const ATTEMPT: &str = "asking which calendar an event is in";

/// The calendar's id; `None` only when Graph says that the event is not there.
pub(super) async fn calendar_of(
    provider: &OutlookProvider,
    access: &SecretString,
    event_id: &str,
) -> Result<Option<String>, ProviderError> {
    let url = provider.endpoints.graph.resource(&["me", "events", event_id, "calendar"]);
    let mut url = url.ok_or_else(|| bad_id(ATTEMPT))?;
    url.query_pairs_mut().append_pair("$select", "id");
    let answer = provider.http.get(access, &url, ATTEMPT).await?;
    if !answer.is_success() {
        return gone(ATTEMPT, &answer);
    }
    let raw = errors::json(ATTEMPT, &answer)?;
    let id = raw.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.map(|id| Some(id.to_owned())).ok_or_else(|| errors::unusable(ATTEMPT, "no calendar"))
}
