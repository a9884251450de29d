//! `POST /events/{id}/restore`: recovers a removed event, brings back an archived one.

use app::records::events;
use axum::extract::State;

use super::target::Target;
use crate::access::Writer;
use crate::answer::JsonText;
use crate::declared::EventBody;
use crate::etag::IfMatch;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Recover a removed or archived event
///
/// An archived event comes back from the archive, also one that comes from Outlook. A series comes back with the
/// exceptions that went with it; by `{master}:{original start}` an occurrence that was called off comes back. What is
/// neither removed nor archived is answered as it is.
#[utoipa::path(
    post,
    path = "/events/{id}/restore",
    tag = "events",
    params(
        ("id" = String, Path, description = "The event's id, or `{master}:{original start}`."),
        ("If-Match" = Option<String>, Header, description = "The ETag the recovery is based on."),
    ),
    responses(
        (status = 200, description = "The event as it is now.", body = EventBody,
            headers(("ETag" = String, description = "The new revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020304", "title": "Jazz night", "revision": 5})),
        WriteErrors,
    )
)]
pub(crate) async fn restore_event(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    Target(target): Target,
    IfMatch(expected): IfMatch,
) -> Result<JsonText, Problem> {
    let event = events::restore(&state.app, &caller, target, expected).await?;
    Ok(JsonText::new(event.text).tagged(event.revision))
}
