//! `DELETE /tokens/{id}`: a token ends at once.

use app::accounts::tokens;
use axum::extract::State;
use http::StatusCode;

use crate::access::Writer;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Revoke a token
///
/// It ends with this request: the next one made with it is refused.
#[utoipa::path(
    delete,
    path = "/tokens/{id}",
    tag = "account",
    params(("id" = String, Path, description = "The token's id.", example = "6741a2b0c3d4e5f601020304")),
    responses((status = 204, description = "It is revoked."), WriteErrors)
)]
pub(crate) async fn revoke_token(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    tokens::revoke(&state.app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
