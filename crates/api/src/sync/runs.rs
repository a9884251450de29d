//! `GET /sync/runs`: runs under way and the last ones that ended, of this server.

use app::sync_run::RunState;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::CallerOf;
use crate::openapi::ReadErrors;
use crate::params::Params;
use crate::problem::Problem;
use crate::state::ApiState;

/// This listing has no parameters.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct Nothing {}

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
    Params(nothing): Params<Nothing>,
) -> Result<Json<RunList>, Problem> {
    let Nothing {} = nothing;
    let of = (!caller.is_admin()).then_some(caller.user_id);
    Ok(Json(RunList { items: state.app.runs().recent(of) }))
}
