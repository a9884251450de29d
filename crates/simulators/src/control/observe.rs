//! What happened: `GET /_sim/events`, `/_sim/requests`, `/_sim/mails`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::json;

use super::problem::Answered;
use crate::shared::Shared;

/// Whose events.
#[derive(Deserialize)]
pub(super) struct OfUser {
    /// Directory id or mail address.
    user: String,
    /// Id or name of a calendar.
    calendar: Option<String>,
}

/// Every single event and series of a mailbox, with cancelled days and exceptions.
pub(super) async fn events(State(shared): State<Arc<Shared>>, Query(of): Query<OfUser>) -> Answered {
    let mut items = shared.world.summaries(&of.user)?;
    if let Some(calendar) = of.calendar {
        items.retain(|item| item.calendar_id == calendar || item.calendar == calendar);
    }
    Ok(Json(json!({"items": items})))
}

/// From where on.
#[derive(Deserialize)]
pub(super) struct Since {
    /// Number of the last request already seen.
    #[serde(default)]
    since: u64,
}

/// Every request that reached sign-in or Graph, oldest first.
pub(super) async fn requests(
    State(shared): State<Arc<Shared>>,
    Query(Since { since }): Query<Since>,
) -> Answered {
    let (items, dropped) = shared.recorder.since(since);
    Ok(Json(json!({"items": items, "dropped": dropped})))
}

/// Every mail that a real provider would have sent, oldest first.
pub(super) async fn mails(State(shared): State<Arc<Shared>>) -> Answered {
    let items = shared.world.mails();
    Ok(Json(json!({"items": items, "count": items.len()})))
}
