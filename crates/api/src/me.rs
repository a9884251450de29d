//! `/me`: who is signed in, and what they chose.

mod get;
mod patch;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(get::get_me, patch::patch_me))
}

/// A role as the API writes it.
pub(crate) fn role_word(role: model::documents::Role) -> &'static str {
    match role {
        model::documents::Role::Admin => "admin",
        model::documents::Role::User => "user",
    }
}
