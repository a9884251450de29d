//! Revisions as ETags (RFC 9110): out as `ETag: "7"`, in as `If-Match: "7"`.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use crate::problem::Problem;

/// A document with its revision as ETag.
pub(crate) struct Tagged<T> {
    /// The revision.
    pub(crate) revision: i64,
    /// The document.
    pub(crate) value: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.value).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", self.revision)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// The revision a change is meant for, when the client said one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<i64>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.headers).map(Self)
    }
}

fn read(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| {
        let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
        inner.parse::<i64>().ok().filter(|number| *number > 0)
    });
    let wrong =
        || Problem::new("malformed_if_match", "If-Match has the form `\"7\"`, as in the ETag you read");
    number.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_read() {
        let given = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_str(text).unwrap());
            read(&headers).map_err(|problem| problem.code())
        };
        assert_eq!(read(&HeaderMap::new()).unwrap(), None);
        assert_eq!(given("\"7\""), Ok(Some(7)));
        for text in ["7", "*", "W/\"7\"", "\"x\"", "\"-1\"", "\"7\", \"8\"", ""] {
            assert_eq!(given(text), Err("malformed_if_match"), "{text}");
        }
    }
}
