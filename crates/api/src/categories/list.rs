//! `GET /categories`: the categories somebody may see.

use app::paging::Paged;
use app::records::categories;
use axum::Json;
use axum::extract::State;
use model::documents::Category;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::CallerOf;
use crate::declared::CategoryPage;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which categories.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CategoryQuery {
    /// Only those that are offered, or only those that are not.
    is_active: Option<bool>,
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List categories
///
/// Your own and those for all, by name; everybody's for an administrator.
#[utoipa::path(
    get,
    path = "/categories",
    tag = "categories",
    params(CategoryQuery),
    responses(
        (status = 200, description = "A page of categories.", body = CategoryPage, example = json!({
            "items": [{"_id": "6741a2b0c3d4e5f601020305", "name": "Concert", "color": "#b45309", "type": "system",
            "is_active": true, "usage_count": 12, "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:00Z", "revision": 4}],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_categories(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<CategoryQuery>,
) -> Result<Json<Paged<Category>>, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    Ok(Json(categories::list(&state.app, &caller, query.is_active, page).await?))
}
