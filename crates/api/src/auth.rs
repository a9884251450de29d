//! `/auth`: signing in and out, and the link that makes the first administrator. Pages for people, not for scripts.

mod admin_link;
mod callback;
mod login;
mod logout;
mod page;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(callback::callback))
        .routes(routes!(logout::logout))
        .routes(routes!(admin_link::show_admin_link, admin_link::redeem_admin_link))
}
