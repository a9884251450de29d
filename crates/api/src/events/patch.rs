//! `PATCH /events/{id}`: a change of an event, a series, or one occurrence.

use app::records::events;
use axum::extract::State;
use serde_json::{Map, Value};

use super::target::Target;
use crate::access::Writer;
use crate::answer::JsonText;
use crate::declared::{EventBody, EventChange};
use crate::etag::IfMatch;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Change an event
///
/// A JSON merge patch (RFC 7396): what is named is set, null takes a field away, lists are replaced as a whole. By the
/// id of a series the whole series changes; by `{master}:{original start}` only that occurrence, which becomes a
/// document of its own. Of an event from Outlook only the internal fields can be changed
/// (`422 shared_fields_read_only` names the others). Send `If-Match`, or the change is made to whatever is there.
#[utoipa::path(
    patch,
    path = "/events/{id}",
    tag = "events",
    params(
        ("id" = String, Path, description = "The event's id, or `{master}:{original start}`."),
        ("If-Match" = Option<String>, Header, description = "The ETag the change is based on."),
    ),
    request_body(content = EventChange, content_type = "application/merge-patch+json", example = json!({
        "setup_start_time": "2026-11-27T14:00:00Z", "staff_assigned": ["Ana Reis"], "internal_notes": null
    })),
    responses(
        (status = 200, description = "The event as it is now.", body = EventBody,
            headers(("ETag" = String, description = "The new revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020304", "title": "Jazz night", "revision": 4})),
        WriteErrors,
    )
)]
pub(crate) async fn patch_event(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    Target(target): Target,
    IfMatch(expected): IfMatch,
    body: Body<Map<String, Value>>,
) -> Result<JsonText, Problem> {
    let event = events::patch(&state.app, &caller, target, &body.value, expected).await?;
    Ok(JsonText::new(event.text).tagged(event.revision))
}
