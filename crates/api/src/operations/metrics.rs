//! `GET /metrics`: counts and times for Prometheus. For this machine and for administrators.

use app::health;
use app::sync_run::RunPhase;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::access::LocalOrAdmin;
use crate::openapi::ReadErrors;
use crate::problem::Problem;
use crate::state::ApiState;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counts and times
///
/// In the OpenMetrics text form: requests and their times by route, ages of syncs, runs, open streams. No names, no
/// addresses. Answered to this machine itself, and to administrators (a token will do).
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses(
        (status = 200, description = "The metrics.", body = String, content_type = "application/openmetrics-text",
            example = json!("# HELP callboard_http_requests Requests answered.\n# EOF\n")),
        ReadErrors,
    )
)]
pub(crate) async fn metrics(State(state): State<ApiState>, _: LocalOrAdmin) -> Result<Response, Problem> {
    figures(&state).await
}

/// The same on a port of its own, which only those who collect can reach: nobody is asked who they are.
pub(super) async fn metrics_alone(State(state): State<ApiState>) -> Result<Response, Problem> {
    figures(&state).await
}

async fn figures(state: &ApiState) -> Result<Response, Problem> {
    let (ages, accounts) = health::sync_ages_by_account(&state.app).await?;
    state.metrics.set_sync_ages(&ages, &accounts);
    let runs = state.app.runs().recent(None);
    for (word, phase) in
        [("running", RunPhase::Running), ("done", RunPhase::Done), ("failed", RunPhase::Failed)]
    {
        state.metrics.set_runs(word, runs.iter().filter(|run| run.state == phase).count());
    }
    state.metrics.set_name_lists(state.app.name_lists().figures());
    let text =
        state.metrics.text().map_err(|_| Problem::new("internal", "the metrics could not be written"))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
