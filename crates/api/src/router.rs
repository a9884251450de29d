//! The routes: a table.

use app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use utoipa_axum::router::OpenApiRouter;

use crate::state::ApiState;
use crate::{ApiOptions, json, me, openapi, request_id};

/// Everything Callboard answers over HTTP.
pub fn router(app: App, options: ApiOptions) -> Router {
    let state = ApiState::new(app, options);
    let (api, _) = table().split_for_parts();
    api.layer(DefaultBodyLimit::max(json::MAX_BODY_BYTES))
        .layer(from_fn_with_state(state.clone(), request_id::give))
        .with_state(state)
}

/// Everything under `/api/v1`, one line a resource.
pub(crate) fn table() -> OpenApiRouter<ApiState> {
    let v1 = OpenApiRouter::new().merge(me::routes());
    OpenApiRouter::with_openapi(openapi::frame()).nest("/api/v1", v1)
}
