//! The OpenAPI document and its reference page, served from the binary: no other host is asked.

use std::sync::LazyLock;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};
use utoipa_axum::router::OpenApiRouter;

use crate::openapi;
use crate::state::ApiState;

const PAGE: &str = include_str!("../assets/reference.html");
const SCRIPT: &str = include_str!("../assets/reference.js");
const STYLE: &str = include_str!("../assets/reference.css");

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .route("/api/v1/openapi.json", get(document))
        .route("/api/docs", get(page))
        .route("/api/docs/reference.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/api/docs/reference.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
}

/// The document is the same for as long as the program runs.
async fn document() -> Response {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::openapi().to_json().unwrap_or_default());
    file("application/json", &DOCUMENT)
}

async fn page(State(state): State<ApiState>) -> Html<String> {
    Html(PAGE.replace("{base}", &state.base))
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}
