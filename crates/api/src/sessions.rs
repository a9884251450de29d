//! `/sessions`: browsers in which the person is signed in.

mod end;
mod end_all;
mod list;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_sessions, end_all::end_all_sessions))
        .routes(routes!(end::end_session))
}
