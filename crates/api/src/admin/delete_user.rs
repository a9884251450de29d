//! `DELETE /admin/users/{id}`: somebody and everything that is theirs here.

use app::accounts::users;
use axum::extract::State;
use http::StatusCode;

use crate::access::Admin;
use crate::etag::IfMatch;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Delete a person
///
/// With their calendars, events, personal categories and locations, sessions and tokens, here only: nothing is deleted
/// at Outlook. The audit log stays.
#[utoipa::path(
    delete,
    path = "/admin/users/{id}",
    tag = "administration",
    params(
        ("id" = String, Path, description = "The person's id.", example = "6741a2b0c3d4e5f601020304"),
        ("If-Match" = Option<String>, Header, description = "The ETag the deletion is based on."),
    ),
    responses((status = 204, description = "They are deleted."), WriteErrors)
)]
pub(crate) async fn delete_user(
    State(state): State<ApiState>,
    Admin(caller): Admin,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    users::delete(&state.app, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
