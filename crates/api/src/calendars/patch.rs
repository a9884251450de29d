//! `PATCH /calendars/{id}`: a change of a calendar.

use app::records::calendars;
use axum::extract::State;
use model::documents::Calendar;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::declared::{CalendarBody, CalendarChange};
use crate::etag::{IfMatch, Tagged};
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Change a calendar
///
/// A JSON merge patch. The name of a calendar from Outlook stays Outlook's (`422 shared_fields_read_only`); `is_active` switches
/// its sync.
#[utoipa::path(
    patch,
    path = "/calendars/{id}",
    tag = "calendars",
    params(
        ("id" = String, Path, description = "The calendar's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag the change is based on."),
    ),
    request_body(content = CalendarChange, content_type = "application/merge-patch+json", example = json!({"name": "House bookings"})),
    responses(
        (status = 200, description = "The calendar as it is now.", body = CalendarBody,
            headers(("ETag" = String, description = "The new revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020302", "user_id": "6741a2b0c3d4e5f601020301", "name": "Bookings",
            "color": "#1d4ed8", "is_primary": true, "can_edit": true, "is_active": true, "sync_enabled": false,
            "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z", "revision": 1})),
        WriteErrors,
    )
)]
pub(crate) async fn patch_calendar(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    body: Body<Map<String, Value>>,
) -> Result<Tagged<Calendar>, Problem> {
    let calendar = calendars::patch(&state.app, &caller, id, &body.value, expected).await?;
    Ok(Tagged { revision: calendar.revision, value: calendar })
}
