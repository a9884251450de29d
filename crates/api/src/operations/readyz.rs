//! `GET /readyz`: the server can work, which needs its store in today's form.

use app::health;
use axum::Json;
use axum::extract::State;

use super::healthz::Health;
use crate::problem::Problem;
use crate::state::ApiState;

/// Whether the server can work
///
/// Asks the store, with a time limit, and whether migrations are pending. A proxy or supervisor should send requests only to a server that is ready.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    security(()),
    responses(
        (status = 200, description = "It is ready.", body = Health, example = json!({"status": "ok"})),
        (status = 503, description = "It is not; `detail` says why.", body = crate::problem::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn readyz(State(state): State<ApiState>) -> Result<Json<Health>, Problem> {
    health::ready(&state.app, state.options.ready_timeout)
        .await
        .map_err(|why| Problem::new("store_unavailable", why).retry_after_s(5))?;
    Ok(Json(Health { status: "ok" }))
}
