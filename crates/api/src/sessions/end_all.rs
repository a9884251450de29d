//! `DELETE /sessions`: signs every browser out, the present one too.

use app::accounts::sessions;
use axum::extract::State;
use http::StatusCode;

use crate::access::Writer;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// End all sessions
///
/// Every browser of the person is signed out, the one that asks too. Tokens stay.
#[utoipa::path(
    delete,
    path = "/sessions",
    tag = "account",
    responses((status = 204, description = "They are over."), WriteErrors)
)]
pub(crate) async fn end_all_sessions(
    State(state): State<ApiState>,
    Writer(caller): Writer,
) -> Result<StatusCode, Problem> {
    sessions::end_all(&state.app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
