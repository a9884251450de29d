//! `/exports`: files for administrators, written by a worker, fetched when they are whole.

mod cancel;
mod create;
mod download;
mod get;
mod list;
mod range;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_exports, create::create_export))
        .routes(routes!(get::get_export))
        .routes(routes!(cancel::cancel_export))
        .routes(routes!(download::download_export))
}
