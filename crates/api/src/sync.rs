//! `/sync`: runs, what they did, deletions that wait for a person.

mod decide;
mod held;
mod logs;
mod runs;
mod start;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(runs::list_runs, start::start_runs))
        .routes(routes!(runs::get_run))
        .routes(routes!(logs::list_logs))
        .routes(routes!(logs::get_log))
        .routes(routes!(held::list_held))
        .routes(routes!(decide::decide))
}
