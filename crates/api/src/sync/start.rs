//! `POST /sync/runs`: syncs now, or says what a sync would do.

use app::sync_run::{self, PlannedRun, RunHandle, RunOptions};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::Id;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Writer;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// What to sync.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"calendar_id": "6741a2b0c3d4e5f601020302", "dry_run": false}))]
pub(crate) struct RunOrder {
    /// One calendar; all of yours when absent.
    #[schema(value_type = Option<String>)]
    calendar_id: Option<Id>,
    /// Only say what would be done; nothing is written.
    #[serde(default)]
    dry_run: bool,
    /// Read everything anew and compare it with what is here.
    #[serde(default)]
    full: bool,
}

/// Runs that were begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Begun {
    /// One a calendar.
    #[schema(value_type = Vec<Object>)]
    runs: Vec<RunHandle>,
}

/// What runs would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plans {
    /// One a calendar.
    #[schema(value_type = Vec<Object>)]
    plans: Vec<PlannedRun>,
}

/// Sync now
///
/// Begins a run for each calendar and answers at once (202); `/sync/runs` and `/stream` say how far they are. With
/// `dry_run` it answers (200) what each run would do, or `error` why that cannot be said, and nothing is written. A list of
/// calendars that fails or takes long is a run too, with the person's id as `calendar_id`. Without `Idempotency-Key`: one run at a
/// time reads a calendar, and a run that is asked for again finds nothing left to do.
#[utoipa::path(
    post,
    path = "/sync/runs",
    tag = "sync",
    request_body = RunOrder,
    responses(
        (status = 202, description = "The runs were begun.", body = Begun, example = json!({"runs": [
            {"run_id": "6741a2b0c3d4e5f601020309", "calendar_id": "6741a2b0c3d4e5f601020302"}
        ]})),
        (status = 200, description = "What would be done.", body = Plans, example = json!({"plans": [{
            "calendar_id": "6741a2b0c3d4e5f601020302", "calendar_name": "Calendar", "actions": [
                {"action": "create", "title": "Jazz night", "reason": "it is new in Outlook"}
            ], "held_deletions": 0, "errors": []
        }]})),
        WriteErrors,
    )
)]
pub(crate) async fn start_runs(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    body: Body<RunOrder>,
) -> Result<Response, Problem> {
    let order = body.value;
    let options = RunOptions { full: order.full, asked_for: true };
    if !order.dry_run {
        let runs = sync_run::start(&state.app, &caller, order.calendar_id, options).await?;
        return Ok((StatusCode::ACCEPTED, Json(Begun { runs })).into_response());
    }
    let mut plans = Vec::new();
    for calendar in sync_run::targets(&state.app, &caller, order.calendar_id).await? {
        let plan = sync_run::dry_run(&state.app, &calendar, options).await;
        plans.push(plan.unwrap_or_else(|error| PlannedRun::failed(&calendar, &error)));
    }
    Ok(Json(Plans { plans }).into_response())
}
