//! Errors as `application/problem+json` (RFC 9457), the only place where they are translated.
//!
//! What is ours to mend is logged with the request's id and answered with one sentence; no internals leave.

use app::AppError;
use app::failure::{Failure, FailureKind};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use model::validate::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::codes::{self, Code};
use crate::request_id;

/// An error on its way out.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    retry_after_s: Option<u64>,
}

/// An error, as it is answered (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// An address that says what the code means.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs#error-not_found")]
    kind: String,
    /// What the code means, in few words.
    #[schema(example = "Not found")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What scripts branch on; stable.
    #[schema(example = "not_found")]
    code: &'static str,
    /// What happened this time and what to do.
    #[schema(example = "there is no such event")]
    detail: String,
    /// What is wrong, field by field; absent when no field is to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// Names the request in the server's log.
    #[schema(example = "6741a2b0c3d4e5f601020304")]
    request_id: String,
}

/// What is wrong with one field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldProblem {
    /// Path of the field.
    #[schema(example = "attendees[2].email")]
    field: String,
    /// What is wrong and what would be right.
    #[schema(example = "is not a mail address")]
    message: String,
}

impl Problem {
    /// A problem with a code of the table.
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        let code = codes::find(code, "internal");
        Self { code, detail: detail.into(), errors: Vec::new(), retry_after_s: None }
    }

    /// With what is wrong field by field.
    #[must_use]
    pub(crate) fn errors(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    /// With the time after which to try again.
    #[must_use]
    pub(crate) fn retry_after_s(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        self.code.status
    }

    /// Its code.
    pub(crate) fn code(&self) -> &'static str {
        self.code.name
    }

    /// What its code means, in few words.
    pub(crate) fn title(&self) -> &'static str {
        self.code.title
    }

    /// What happened, for people.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    fn of_kind(code: &'static str, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { code: codes::find(code, kind), ..Self::new(kind, detail) }
    }

    fn of_failure(failure: Failure) -> Self {
        let code = match failure.kind {
            FailureKind::Stale => "stale",
            FailureKind::Duplicate => "duplicate",
            FailureKind::StoreUnavailable => "store_unavailable",
            FailureKind::DiskFull => "disk_full",
            FailureKind::ProviderUnavailable => "provider_unavailable",
            FailureKind::Reconnect => "reconnect_needed",
            FailureKind::ProviderRefused => "provider_refused",
            FailureKind::Broken => "internal",
        };
        Self { retry_after_s: failure.retry_after_s, ..Self::new(code, failure.detail) }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        if let Some(failure) = Failure::of(&error) {
            tracing::warn!(request_id = %request_id::current(), %error, "a request failed behind the edge");
            return Self::of_failure(failure);
        }
        let detail = error.to_string();
        match error {
            AppError::NotSignedIn => Self::new("not_signed_in", detail),
            AppError::Forbidden { .. } => Self::new("forbidden", detail),
            AppError::NotFound { .. } => Self::new("not_found", detail),
            AppError::Invalid { code, errors } => {
                Self::of_kind(code, "invalid_fields", detail).errors(errors)
            }
            AppError::Stale { .. } => Self::new("stale", detail),
            AppError::Conflict { code, .. } => Self::of_kind(code, "conflict", detail),
            AppError::Store(_) | AppError::Provider(_) | AppError::Internal(_) => {
                tracing::error!(request_id = %request_id::current(), %detail, "a request met something broken");
                Self::new("internal", "something is broken on the server; its log says what")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let field = |error: FieldError| FieldProblem { field: error.field, message: error.message };
        let body = ProblemBody {
            kind: format!("/api/docs#error-{}", self.code.name),
            title: self.code.title,
            status: self.code.status.as_u16(),
            code: self.code.name,
            detail: self.detail,
            errors: self.errors.into_iter().map(field).collect(),
            request_id: request_id::current(),
        };
        let mut response = (self.code.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.code.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
