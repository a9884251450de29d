//! The longest time until an answer begins. The stream of notices begins at once and is not cut.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::ApiState;

/// Gives up on requests that take too long.
pub(crate) async fn limit(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    tokio::time::timeout(state.options.request_timeout, next.run(request)).await.unwrap_or_else(|_| {
        Problem::new("timeout", "the request took too long; read again before repeating a change")
            .retry_after_s(5)
            .into_response()
    })
}
