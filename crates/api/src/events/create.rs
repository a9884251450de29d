//! `POST /events`: a new event in a calendar of ours.

use app::records::events;
use axum::extract::State;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::answer::JsonText;
use crate::declared::{EventBody, EventDraft};
use crate::idempotency::Idempotency;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Make an event
///
/// In a calendar made here; `409 outlook_read_only` for one from Outlook. With `all_day`, start and end are dates, the
/// end exclusive. A `recurrence_pattern` (or a `recurrence_rule` with one RRULE line) makes it a series. Names of
/// categories and locations that are new are remembered.
#[utoipa::path(
    post,
    path = "/events",
    tag = "events",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request repeatable for a day.")),
    request_body(content = EventDraft, example = json!({
        "calendar_id": "6741a2b0c3d4e5f601020302", "title": "Jazz night", "time_zone": "Europe/Berlin",
        "start_time": "2026-11-27T19:00:00Z", "end_time": "2026-11-27T22:00:00Z", "location": "Great Hall",
        "setup_start_time": "2026-11-27T15:00:00Z", "equipment_required": ["Line array", "Stage deck x12"]
    })),
    responses(
        (status = 201, description = "The event.", body = EventBody,
            headers(("ETag" = String, description = "The revision."), ("Location" = String, description = "Its address.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020304", "title": "Jazz night", "revision": 1})),
        WriteErrors,
    )
)]
pub(crate) async fn create_event(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    idempotency: Idempotency,
    body: Body<Map<String, Value>>,
) -> Result<JsonText, Problem> {
    let key = idempotency.of(&body.bytes)?;
    let event = events::create(&state.app, &caller, body.value, key.as_ref()).await?;
    let address = format!("/api/v1/events/{}", event.id);
    Ok(JsonText::new(event.text).tagged(event.revision).created(address))
}
