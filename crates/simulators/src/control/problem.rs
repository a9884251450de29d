//! Errors of the control side: a status and one sentence that says what to do.

use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::world::Refusal;

/// `{"error": "…"}` with a status.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    message: String,
    code: Option<&'static str>,
}

/// What every control call answers.
pub(super) type Answered = Result<axum::Json<Value>, Problem>;

impl Problem {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), code: None }
    }

    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        Self { status, message: refusal.message, code: Some(refusal.code) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.message});
        if let (Some(code), Some(members)) = (self.code, body.as_object_mut()) {
            members.insert("code".to_owned(), json!(code));
        }
        (self.status, Json(body)).into_response()
    }
}

/// A JSON body whose errors are problems too. Nothing is read as `{}`.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| Problem::new(rejection.status(), rejection.body_text()))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let body = serde_json::from_slice(text).map_err(|error| match error.is_data() {
            true => Problem::unreadable(format!("the body cannot be used: {error}")),
            false => Problem::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {error}")),
        })?;
        Ok(Self(body))
    }
}
