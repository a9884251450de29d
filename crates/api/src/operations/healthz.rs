//! `GET /healthz`: the process lives and answers.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// A short word on how the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    pub(super) status: &'static str,
}

/// Whether the process lives
///
/// Answers as long as the process answers at all, whatever its store does.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    security(()),
    responses(
        (status = 200, description = "It lives.", body = Health, example = json!({"status": "ok"})),
        (status = 500, description = "It is broken.", body = crate::problem::ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}
