//! Security headers of every answer, errors and files too.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::ApiOptions;

/// The headers, made once.
#[derive(Clone)]
pub(crate) struct SecurityHeaders(Arc<HeaderMap>);

impl SecurityHeaders {
    /// The headers for these options.
    pub(crate) fn new(options: &ApiOptions, is_https: bool) -> Self {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &'static str| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        set(header::X_FRAME_OPTIONS, "DENY");
        set(header::REFERRER_POLICY, "same-origin");
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
        set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
        set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
        if is_https {
            set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
        }
        if let Ok(policy) = HeaderValue::from_str(&content_policy(&options.image_origins)) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        Self(Arc::new(headers))
    }
}

/// Sets them, over whatever a handler set. Answers of the API are stored by nobody unless a handler says otherwise.
pub(crate) async fn set(State(headers): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_private = path.starts_with("/api/") || path.starts_with("/auth/");
    let mut response = next.run(request).await;
    let answer = response.headers_mut();
    for (name, value) in headers.0.iter() {
        answer.insert(name, value.clone());
    }
    if is_private && !answer.contains_key(header::CACHE_CONTROL) {
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn content_policy(image_origins: &[String]) -> String {
    let images: String = image_origins.iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{images}; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; object-src 'none'"
    )
}
