//! `GET /categories/{id}`: one category.

use app::records::categories;
use axum::extract::State;
use model::documents::Category;

use crate::access::CallerOf;
use crate::declared::CategoryBody;
use crate::etag::Tagged;
use crate::openapi::ItemErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Read a category
///
/// With its revision as ETag, for `If-Match`.
#[utoipa::path(
    get,
    path = "/categories/{id}",
    tag = "categories",
    params(("id" = String, Path, description = "The category's id.")),
    responses(
        (status = 200, description = "The category.", body = CategoryBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020305", "name": "Concert", "color": "#b45309", "type": "system",
            "is_active": true, "usage_count": 12, "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:00Z", "revision": 4})),
        ItemErrors,
    )
)]
pub(crate) async fn get_category(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    PathId(id): PathId,
) -> Result<Tagged<Category>, Problem> {
    let category = categories::get(&state.app, &caller, id).await?;
    Ok(Tagged { revision: category.revision, value: category })
}
