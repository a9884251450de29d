//! `DELETE /events/{id}`: removes an event, recoverably the first time.

use app::records::events;
use axum::extract::State;
use http::StatusCode;

use super::target::Target;
use crate::access::Writer;
use crate::etag::IfMatch;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Delete an event
///
/// A live event is removed and can be recovered (`include=removed` lists it); deleting a removed one destroys it. By the
/// id of a series the whole series goes, by `{master}:{original start}` only that occurrence. `409 outlook_read_only`
/// for an event from Outlook.
#[utoipa::path(
    delete,
    path = "/events/{id}",
    tag = "events",
    params(
        ("id" = String, Path, description = "The event's id, or `{master}:{original start}`."),
        ("If-Match" = Option<String>, Header, description = "The ETag the deletion is based on."),
    ),
    responses((status = 204, description = "It is gone."), WriteErrors)
)]
pub(crate) async fn delete_event(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    Target(target): Target,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    events::delete(&state.app, &caller, target, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
