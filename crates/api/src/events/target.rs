//! The `{id}` of an event in a path: a document, or an occurrence `{master}:{original start}`.

use app::records::occurrences::EventRef;
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::problem::Problem;

/// What the path names. What is no id is answered like an id of nothing.
pub(crate) struct Target(pub(crate) EventRef);

impl<S: Send + Sync> FromRequestParts<S> for Target {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let missing = || Problem::new("not_found", "there is no such event");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| missing())?;
        let text = params.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        text.and_then(|text| text.parse().ok()).map(Self).ok_or_else(missing)
    }
}
