//! `/categories`: personal categories, and those for all.

mod create;
mod delete;
mod get;
mod list;
mod patch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list::list_categories, create::create_category)).routes(routes!(
        get::get_category,
        patch::patch_category,
        delete::delete_category
    ))
}
