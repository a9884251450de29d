//! `GET /sync/held-deletions`: deletions that were too many to follow unasked.

use app::paging::Paged;
use app::sync_run::held::{self, Held};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use model::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::CallerOf;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HeldQuery {
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldList {
    /// One a calendar.
    items: Vec<HeldItem>,
    /// Where to go on; null at the end.
    next_cursor: Option<String>,
}

/// Deletions of one calendar.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldItem {
    /// The calendar.
    #[schema(value_type = String)]
    calendar_id: Id,
    /// Its name.
    calendar_name: String,
    /// How many events would be removed.
    count: usize,
    /// Why they wait.
    reason: String,
    /// The first hundred of them.
    events: Vec<HeldEvent>,
    /// Since when they wait.
    #[schema(value_type = String, format = DateTime)]
    held_at: Timestamp,
}

/// An event that would be removed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldEvent {
    #[serde(rename = "_id")]
    #[schema(value_type = String)]
    id: Id,
    /// Its title.
    title: String,
    /// Its start.
    #[schema(value_type = String, format = DateTime)]
    start_time: Timestamp,
}

/// List held deletions
///
/// A run that would delete many events does not; they wait here for a person to confirm or reject.
#[utoipa::path(
    get,
    path = "/sync/held-deletions",
    tag = "sync",
    params(HeldQuery),
    responses(
        (status = 200, description = "What waits.", body = HeldList, example = json!({"items": [{
            "calendar_id": "6741a2b0c3d4e5f601020302", "calendar_name": "Calendar", "count": 120,
            "reason": "120 of 130 events would be removed", "held_at": "2026-11-22T09:00:04Z",
            "events": [{"_id": "6741a2b0c3d4e5f601020304", "title": "Jazz night", "start_time": "2026-11-27T19:00:00Z"}]
        }], "next_cursor": null})),
        ListErrors,
    )
)]
pub(crate) async fn list_held(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<HeldQuery>,
) -> Result<Json<HeldList>, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    let Paged { items, next_cursor } = held::list(&state.app, &caller, page).await?.map(HeldItem::from);
    Ok(Json(HeldList { items, next_cursor }))
}

impl From<Held> for HeldItem {
    fn from(held: Held) -> Self {
        let events = held.events.into_iter().map(|event| HeldEvent {
            id: event.id,
            title: event.title,
            start_time: event.start_time,
        });
        Self {
            calendar_id: held.calendar_id,
            calendar_name: held.calendar_name,
            count: held.count,
            reason: held.reason,
            events: events.collect(),
            held_at: held.held_at,
        }
    }
}
