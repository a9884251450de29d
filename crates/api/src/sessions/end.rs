//! `DELETE /sessions/{id}`: signs one browser out.

use app::accounts::sessions;
use axum::extract::State;
use http::StatusCode;

use crate::access::Writer;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// End a session
///
/// That browser is signed out with its next request.
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    tag = "account",
    params(("id" = String, Path, description = "The session's id.", example = "6741a2b0c3d4e5f601020304")),
    responses((status = 204, description = "It is over."), WriteErrors)
)]
pub(crate) async fn end_session(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    sessions::end(&state.app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
