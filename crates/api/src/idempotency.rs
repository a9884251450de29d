//! The `Idempotency-Key` header of a POST.

use app::accounts::idempotency::RequestKey;
use axum::extract::{FromRequestParts, OriginalUri};
use http::request::Parts;
use http::{HeaderName, Method};

use crate::problem::Problem;

/// The header that makes a POST repeatable.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The key a client sent, if it sent one, with the address it belongs to.
pub(crate) struct Idempotency {
    key: Option<String>,
    method: Method,
    path: String,
}

impl Idempotency {
    /// The key with the digest of this request, whose body is `body`.
    pub(crate) fn of(&self, body: &[u8]) -> Result<Option<RequestKey>, Problem> {
        let Some(key) = &self.key else { return Ok(None) };
        Ok(Some(RequestKey::new(key, self.method.as_str(), &self.path, body)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.headers.get(IDEMPOTENCY_KEY);
        // What is no text is refused later like any key that is not printable.
        let key = given.map(|value| value.to_str().unwrap_or_default().to_owned());
        let path =
            parts.extensions.get::<OriginalUri>().map_or(parts.uri.path(), |uri| uri.0.path()).to_owned();
        Ok(Self { key, method: parts.method.clone(), path })
    }
}
