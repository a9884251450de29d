//! `GET /events/{id}`: one event or occurrence.

use app::records::events;
use axum::extract::State;

use super::target::Target;
use crate::access::CallerOf;
use crate::answer::JsonText;
use crate::declared::EventBody;
use crate::openapi::ItemErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Read an event
///
/// By its id, or an occurrence by `{master}:{original start}`. An occurrence that was changed by itself is answered as
/// the document that stands in for it, under that document's id. One in the archive has `archived_at`.
#[utoipa::path(
    get,
    path = "/events/{id}",
    tag = "events",
    params(("id" = String, Path, description = "The event's id, or `{master}:{original start}`.")),
    responses(
        (status = 200, description = "The event.", body = EventBody,
            headers(("ETag" = String, description = "The revision, for `If-Match`.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020304", "title": "Jazz night", "revision": 3})),
        ItemErrors,
    )
)]
pub(crate) async fn get_event(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Target(target): Target,
) -> Result<JsonText, Problem> {
    let event = events::get(&state.app, &caller, target).await?;
    Ok(JsonText::new(event.text).tagged(event.revision))
}
