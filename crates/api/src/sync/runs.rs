//! `GET /sync/runs` and `GET /sync/runs/{id}`: runs under way and the last ones that ended, of this server.

use app::Caller;
use app::sync_run::{RunPhase, RunState};
use axum::Json;
use axum::extract::State;
use model::Id;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::CallerOf;
use crate::openapi::{ItemErrors, ReadErrors};
use crate::params::{Params, PathId};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunQuery {
    /// Only runs of this calendar.
    #[param(value_type = Option<String>, example = "6741a2b0c3d4e5f601020302")]
    calendar_id: Option<Id>,
    /// Only those that are there: `running`, `done` or `failed`.
    #[param(value_type = Option<String>, example = "running")]
    state: Option<RunPhase>,
}

/// Recent runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunList {
    /// Newest first.
    #[schema(value_type = Vec<Object>)]
    items: Vec<RunState>,
}

/// List recent sync runs
///
/// Newest first, those under way with how far they are. Bounded, so without pages: all that run and, of this server,
/// the last 200. What ended longer ago is in the sync log.
#[utoipa::path(
    get,
    path = "/sync/runs",
    tag = "sync",
    params(RunQuery),
    responses(
        (status = 200, description = "The runs.", body = RunList, example = json!({"items": [{
            "run_id": "6741a2b0c3d4e5f601020309", "calendar_id": "6741a2b0c3d4e5f601020302",
            "calendar_name": "Calendar", "state": "running", "pages": 3, "events_processed": 150,
            "events_created": 148, "events_updated": 2, "events_deleted": 0, "events_held": 0,
            "events_failed": 0, "started_at": "2026-11-22T09:00:00Z"
        }]})),
        ReadErrors,
    )
)]
pub(crate) async fn list_runs(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<RunQuery>,
) -> Result<Json<RunList>, Problem> {
    let mut items = recent(&state, &caller);
    items.retain(|run| {
        query.calendar_id.is_none_or(|calendar| run.calendar_id == calendar)
            && query.state.is_none_or(|phase| run.state == phase)
    });
    Ok(Json(RunList { items }))
}

/// Read one sync run
///
/// How far it is. One that ended long ago, or that another server did, is in the sync log only.
#[utoipa::path(
    get,
    path = "/sync/runs/{id}",
    tag = "sync",
    params(("id" = String, Path, description = "The run's id.", example = "6741a2b0c3d4e5f601020309")),
    responses(
        (status = 200, description = "The run.", body = Object, example = json!({
            "run_id": "6741a2b0c3d4e5f601020309", "calendar_id": "6741a2b0c3d4e5f601020302",
            "calendar_name": "Calendar", "state": "running", "pages": 3, "events_processed": 150,
            "events_created": 148, "events_updated": 2, "events_deleted": 0, "events_held": 0,
            "events_failed": 0, "started_at": "2026-11-22T09:00:00Z"
        })),
        ItemErrors,
    )
)]
pub(crate) async fn get_run(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
) -> Result<Json<RunState>, Problem> {
    let run = recent(&state, &caller).into_iter().find(|run| run.run_id == id);
    run.map(Json).ok_or_else(|| Problem::new("not_found", "there is no such run; the sync log may have it"))
}

/// The runs the caller may see.
fn recent(state: &ApiState, caller: &Caller) -> Vec<RunState> {
    state.app.runs().recent((!caller.is_admin()).then_some(caller.user_id))
}
