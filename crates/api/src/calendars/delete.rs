//! `DELETE /calendars/{id}`: a calendar goes.

use app::records::calendars;
use axum::extract::State;
use http::StatusCode;

use crate::access::Writer;
use crate::etag::IfMatch;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Delete a calendar
///
/// With all its events and what sync remembers of them, here only: nothing is deleted at Outlook. A calendar from
/// Outlook comes back when its list is read again; switch it off with `is_active` to keep it away.
#[utoipa::path(
    delete,
    path = "/calendars/{id}",
    tag = "calendars",
    params(
        ("id" = String, Path, description = "The calendar's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag the deletion is based on."),
    ),
    responses((status = 204, description = "It is gone."), WriteErrors)
)]
pub(crate) async fn delete_calendar(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    calendars::delete(&state.app, &caller, id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
