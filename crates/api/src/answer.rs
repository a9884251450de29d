//! Answers that use cases give as finished JSON text.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

/// JSON text that is passed on as it is.
pub(crate) struct JsonText {
    text: String,
    status: StatusCode,
    revision: Option<i64>,
    location: Option<String>,
}

impl JsonText {
    /// An answer with this text.
    pub(crate) fn new(text: String) -> Self {
        Self { text, status: StatusCode::OK, revision: None, location: None }
    }

    /// With the revision as ETag.
    #[must_use]
    pub(crate) fn tagged(self, revision: i64) -> Self {
        Self { revision: Some(revision), ..self }
    }

    /// As the answer to a creation, with the address of what was made.
    #[must_use]
    pub(crate) fn created(self, location: String) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location), ..self }
    }
}

impl IntoResponse for JsonText {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let tag = self.revision.map(|revision| (header::ETAG, format!("\"{revision}\"")));
        let location = self.location.map(|location| (header::LOCATION, location));
        for (name, value) in tag.into_iter().chain(location) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}
