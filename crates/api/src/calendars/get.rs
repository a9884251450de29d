//! `GET /calendars/{id}`: one calendar.

use app::records::calendars;
use axum::extract::State;
use model::documents::Calendar;

use crate::access::CallerOf;
use crate::declared::CalendarBody;
use crate::etag::Tagged;
use crate::openapi::ItemErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Read a calendar
///
/// With its revision as ETag, for `If-Match`.
#[utoipa::path(
    get,
    path = "/calendars/{id}",
    tag = "calendars",
    params(("id" = String, Path, description = "The calendar's id.")),
    responses(
        (status = 200, description = "The calendar.", body = CalendarBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020302", "user_id": "6741a2b0c3d4e5f601020301", "name": "Bookings",
            "color": "#1d4ed8", "is_primary": true, "can_edit": true, "is_active": true, "sync_enabled": false,
            "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z", "revision": 1})),
        ItemErrors,
    )
)]
pub(crate) async fn get_calendar(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
) -> Result<Tagged<Calendar>, Problem> {
    let calendar = calendars::get(&state.app, &caller, id).await?;
    Ok(Tagged { revision: calendar.revision, value: calendar })
}
