//! For those who run the server: whether it lives, whether it is ready, what it counts.

mod healthz;
mod metrics;
mod readyz;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::middleware::{panics, timeout};
use crate::request_id;
use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(healthz::healthz))
        .routes(routes!(readyz::readyz))
        .routes(routes!(metrics::metrics))
}

/// What a port for figures alone answers.
pub(crate) fn figures(state: ApiState) -> Router {
    Router::new()
        .route("/metrics", get(metrics::metrics_alone))
        .layer(from_fn_with_state(state.clone(), timeout::limit))
        .layer(from_fn(panics::catch))
        .layer(from_fn_with_state(state.clone(), request_id::give))
        .with_state(state)
}
