//! `DELETE /locations/{id}`: a location goes.

use app::records::locations;
use axum::extract::State;
use http::StatusCode;

use crate::access::Writer;
use crate::etag::IfMatch;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Delete a location
///
/// `409 still_in_use` while events use it: switch it off with `is_active` instead.
#[utoipa::path(
    delete,
    path = "/locations/{id}",
    tag = "locations",
    params(
        ("id" = String, Path, description = "The location's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag the deletion is based on."),
    ),
    responses((status = 204, description = "It is gone."), WriteErrors)
)]
pub(crate) async fn delete_location(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    locations::delete(&state.app, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
