//! One line of log and one count a request; every other line written meanwhile names the request and the address too. By the route's pattern, never by the address as sent: that may hold a
//! code or a link. No query, no body, no header.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument;

use super::address::ClientAddress;
use crate::request_id;
use crate::state::ApiState;

/// Counts and logs a request.
pub(crate) async fn observe(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("(none)", MatchedPath::as_str).to_owned();
    let address = request.extensions().get::<ClientAddress>().map(|address| address.ip);
    // The runtime's clock: a step of the wall clock must not show as a slow request.
    let began = Instant::now();
    let request_id = request_id::current();
    let span = tracing::info_span!("request", %request_id, address = address.map(tracing::field::display));
    let response = next.run(request).instrument(span).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    state.metrics.note(&method, &route, status, took);
    tracing::info!(
        target: "access",
        %request_id,
        %method,
        route,
        status,
        took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        address = address.map(tracing::field::display),
    );
    response
}
