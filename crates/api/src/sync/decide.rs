//! `POST /sync/held-deletions/{id}`: a person decides what becomes of held deletions.

use app::sync_run::held::{self, Decision};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Writer;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// The decision.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"decision": "confirm"}))]
pub(crate) struct DecisionOrder {
    /// `confirm`: they were really deleted, remove them here. `reject`: keep them here, without Outlook.
    #[schema(value_type = String, example = "confirm")]
    decision: Decision,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decided {
    /// How many events it concerned.
    #[schema(example = 120)]
    count: usize,
}

/// Confirm or reject held deletions
///
/// Of the calendar in the path. Removed events can still be recovered.
#[utoipa::path(
    post,
    path = "/sync/held-deletions/{id}",
    tag = "sync",
    params(("id" = String, Path, description = "The calendar's id.")),
    request_body = DecisionOrder,
    responses(
        (status = 200, description = "It was done.", body = Decided, example = json!({"count": 120})),
        WriteErrors,
    )
)]
pub(crate) async fn decide(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    body: Body<DecisionOrder>,
) -> Result<Json<Decided>, Problem> {
    let count = held::decide(&state.app, &caller, id, body.value.decision).await?;
    Ok(Json(Decided { count }))
}
