//! `/calendars`: calendars from Outlook, and those made here.

mod create;
mod delete;
mod get;
mod list;
mod patch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list::list_calendars, create::create_calendar)).routes(routes!(
        get::get_calendar,
        patch::patch_calendar,
        delete::delete_calendar
    ))
}
