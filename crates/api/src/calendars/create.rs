//! `POST /calendars`: a new calendar.

use app::records::calendars;
use axum::extract::State;
use http::StatusCode;
use model::documents::Calendar;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::declared::{CalendarBody, CalendarDraft};
use crate::etag::Tagged;
use crate::idempotency::Idempotency;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Make a calendar
///
/// A calendar that is only here. Its events may be written freely.
#[utoipa::path(
    post,
    path = "/calendars",
    tag = "calendars",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request repeatable for a day.")),
    request_body(content = CalendarDraft, example = json!({"name": "Bookings", "color": "#1d4ed8"})),
    responses(
        (status = 201, description = "The calendar.", body = CalendarBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020302", "user_id": "6741a2b0c3d4e5f601020301", "name": "Bookings",
            "color": "#1d4ed8", "is_primary": true, "can_edit": true, "is_active": true, "sync_enabled": false,
            "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z", "revision": 1})),
        WriteErrors,
    )
)]
pub(crate) async fn create_calendar(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    idempotency: Idempotency,
    body: Body<Map<String, Value>>,
) -> Result<(StatusCode, Tagged<Calendar>), Problem> {
    let key = idempotency.of(&body.bytes)?;
    let calendar = calendars::create(&state.app, &caller, &body.value, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Tagged { revision: calendar.revision, value: calendar }))
}
