//! A panic in a handler ends one request, not the server.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;

use crate::problem::Problem;
use crate::request_id;

/// Answers a panic with a 500.
pub(crate) async fn catch(request: Request, next: Next) -> Response {
    // Nothing of the request is used after a panic: what a handler shares, it guards against poisoning itself.
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(request_id = %request_id::current(), "a handler panicked; the panic's own line is above");
        Problem::new("internal", "something is broken on the server; its log says what").into_response()
    })
}
