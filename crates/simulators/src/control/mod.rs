//! The control side, `/_sim/`: what tests and developers do to a simulator. Shared by all providers.
//!
//! It is for the machine it runs on: a request whose `Host` is no loopback name is refused, and
//! calls that change something take JSON only, so that no web page can make a browser send one.

mod clock;
mod edit;
mod faults;
mod observe;
mod problem;
mod reset;
mod users;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::shared::Shared;
use problem::Problem;

/// The table of control calls.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_sim/reset", post(reset::reset))
        .route("/_sim/seed", post(reset::seed))
        .route("/_sim/users", post(users::add).get(users::list))
        .route("/_sim/revoke", post(users::revoke))
        .route("/_sim/events", get(observe::events))
        .route("/_sim/requests", get(observe::requests))
        .route("/_sim/mails", get(observe::mails))
        .route("/_sim/edit", post(edit::edit))
        .route("/_sim/faults", post(faults::add).get(faults::list).delete(faults::clear))
        .route("/_sim/switches", post(faults::set_switches).get(faults::switches))
        .route("/_sim/clock", post(clock::set).get(clock::read))
        .route("/_sim/{*rest}", axum::routing::any(unknown))
        .layer(middleware::from_fn(guard))
}

/// Whether a `Host` header or host name, with or without a port, means this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    };
    let name = without_port.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).is_loopback()
}

async fn guard(request: Request, next: Next) -> Response {
    match objection(request.uri().path(), request.method(), request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn objection(path: &str, method: &Method, headers: &HeaderMap) -> Option<Problem> {
    let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if !path.starts_with("/_sim/") {
        return None;
    }
    if !header(header::HOST).is_some_and(is_loopback_host) {
        let advice = "the control side answers only to a loopback name: use 127.0.0.1 or localhost";
        return Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, advice));
    }
    let is_json = header(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/json"));
    if method == Method::POST && !is_json {
        let advice = "send the header Content-Type: application/json";
        return Some(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, advice));
    }
    None
}

async fn unknown() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "there is no such control call: see the README of the crate simulators",
    )
}
