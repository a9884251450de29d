//! `GET /admin/users`: everybody.

use app::accounts::users;
use app::paging::Paged;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::UserItem;
use crate::access::Admin;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserPage {
    /// The people.
    items: Vec<UserItem>,
    /// Where to go on; null at the end.
    next_cursor: Option<String>,
}

/// List people
///
/// Everybody who ever signed in, oldest first.
#[utoipa::path(
    get,
    path = "/admin/users",
    tag = "administration",
    params(Paging),
    responses(
        (status = 200, description = "A page of people.", body = UserPage, example = json!({
            "items": [{"_id": "6741a2b0c3d4e5f601020304", "email": "mara@example.org", "display_name": "Mara Lind",
                "role": "user", "is_disabled": false, "last_login": "2026-11-22T09:00:00Z",
                "created_at": "2026-11-01T09:00:00Z", "updated_at": "2026-11-22T09:00:00Z", "revision": 4}],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_users(
    State(state): State<ApiState>,
    Admin(caller): Admin,
    Params(paging): Params<Paging>,
) -> Result<Json<UserPage>, Problem> {
    let page = params::page(paging.limit, paging.cursor.as_deref())?;
    let Paged { items, next_cursor } = users::list(&state.app, &caller, page).await?.map(UserItem::from);
    Ok(Json(UserPage { items, next_cursor }))
}
