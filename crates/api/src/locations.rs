//! `/locations`: personal rooms and places, and those for all.

mod create;
mod delete;
mod get;
mod list;
mod patch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list::list_locations, create::create_location)).routes(routes!(
        get::get_location,
        patch::patch_location,
        delete::delete_location
    ))
}
