//! `/events`: what is on, and what the crew needs for it.

mod create;
mod delete;
mod get;
mod list;
mod patch;
mod restore;
mod target;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_events, create::create_event))
        .routes(routes!(get::get_event, patch::patch_event, delete::delete_event))
        .routes(routes!(restore::restore_event))
}
