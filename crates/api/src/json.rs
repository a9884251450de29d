//! JSON bodies: read strictly, refused with names.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header};
use model::validate::FieldError;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// Largest body that is read, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A JSON body. Every field that `T` does not know is refused by name, so that a misspelt one is never silently lost.
/// The bytes are kept for idempotency keys.
pub(crate) struct Body<T> {
    /// What was sent.
    pub(crate) value: T,
    /// As it was sent.
    pub(crate) bytes: Bytes,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        check_content_type(request.headers())?;
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new("body_too_large", format!("a body has at most {MAX_BODY_BYTES} bytes"))
            } else {
                Problem::new("malformed_json", "the body ended early")
            }
        })?;
        Ok(Self { value: read(&bytes)?, bytes })
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(essence.as_str(), "application/json" | "application/merge-patch+json") {
        Ok(())
    } else {
        Err(Problem::new("wrong_content_type", "send the body as `Content-Type: application/json`"))
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut unknown = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let mut note = |path: serde_ignored::Path<'_>| {
        unknown.push(FieldError::new(path.to_string(), "is not a field of this request"));
    };
    let strict = serde_ignored::Deserializer::new(&mut json, &mut note);
    let value = serde_path_to_error::deserialize(strict).map_err(|error| translate(&error))?;
    json.end().map_err(|error| malformed(&error))?;
    if unknown.is_empty() {
        return Ok(value);
    }
    let names: Vec<&str> = unknown.iter().map(|error| error.field.as_str()).collect();
    let detail = format!("this request has no such fields: {}", names.join(", "));
    Err(Problem::new("unknown_fields", detail).errors(unknown))
}

fn translate(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed(inner);
    }
    let text = inner.to_string();
    // The place in the text says less than the path does.
    let message = text.split(" at line ").next().unwrap_or_default().to_owned();
    let path = error.path().to_string();
    let named = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let (field, message) = match named {
        Some(name) if path == "." => (name.to_owned(), "is missing".to_owned()),
        Some(name) => (format!("{path}.{name}"), "is missing".to_owned()),
        None => (path, message),
    };
    let detail = format!("{field}: {message}");
    Problem::new("invalid_fields", detail).errors(vec![FieldError::new(field, message)])
}

fn malformed(error: &serde_json::Error) -> Problem {
    let detail =
        format!("the body is not JSON that can be read: line {}, column {}", error.line(), error.column());
    Problem::new("malformed_json", detail)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Sample {
        name: String,
        count: Option<u8>,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        email: String,
    }

    #[test]
    fn wrong_bodies_are_named() {
        let cases = [
            (r#"{"name":"a","nmae":1,"x":{}}"#, "unknown_fields", "this request has no such fields: nmae, x"),
            (r#"{"name":"a","inner":[{"email":"e","role":1}]}"#, "unknown_fields", "inner.0.role"),
            (r#"{"name":1}"#, "invalid_fields", "name: invalid type: integer `1`, expected a string"),
            (r#"{"name":"a","count":300}"#, "invalid_fields", "count: "),
            (r#"{"name":"a","inner":[{}]}"#, "invalid_fields", "inner[0].email: is missing"),
            (r#"{}"#, "invalid_fields", "name: is missing"),
            (r#"{"name":"a","name":"b"}"#, "invalid_fields", "duplicate field"),
            (r#"{"name":{"$ne":null}}"#, "invalid_fields", "name: invalid type: map"),
            (r#"{"name":"a"} x"#, "malformed_json", "line 1"),
            (r#"{"name":"#, "malformed_json", "line 1"),
            ("", "malformed_json", "line 1"),
        ];
        for (body, code, detail) in cases {
            let problem = read::<Sample>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.code(), code, "{body}: {problem:?}");
            assert!(problem.detail().contains(detail), "{body}: {problem:?}");
        }
    }
}
