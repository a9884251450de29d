//! `DELETE /categories/{id}`: a category goes.

use app::records::categories;
use axum::extract::State;
use http::StatusCode;

use crate::access::Writer;
use crate::etag::IfMatch;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Delete a category
///
/// `409 still_in_use` while events use it: switch it off with `is_active` instead.
#[utoipa::path(
    delete,
    path = "/categories/{id}",
    tag = "categories",
    params(
        ("id" = String, Path, description = "The category's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag the deletion is based on."),
    ),
    responses((status = 204, description = "It is gone."), WriteErrors)
)]
pub(crate) async fn delete_category(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    categories::delete(&state.app, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
