//! `PATCH /categories/{id}`: a change of a category.

use app::records::categories;
use axum::extract::State;
use model::documents::Category;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::declared::{CategoryBody, CategoryChange};
use crate::etag::{IfMatch, Tagged};
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// Change a category
///
/// A JSON merge patch. Events keep the name they have. `403 forbidden` for one that is for all, unless an administrator
/// asks.
#[utoipa::path(
    patch,
    path = "/categories/{id}",
    tag = "categories",
    params(
        ("id" = String, Path, description = "The category's id."),
        ("If-Match" = Option<String>, Header, description = "The ETag the change is based on."),
    ),
    request_body(content = CategoryChange, content_type = "application/merge-patch+json", example = json!({"color": "#92400e", "description": null})),
    responses(
        (status = 200, description = "The category as it is now.", body = CategoryBody,
            headers(("ETag" = String, description = "The new revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020305", "name": "Concert", "color": "#b45309", "type": "system",
            "is_active": true, "usage_count": 12, "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:00Z", "revision": 4})),
        WriteErrors,
    )
)]
pub(crate) async fn patch_category(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    PathId(id): PathId,
    IfMatch(expected): IfMatch,
    body: Body<Map<String, Value>>,
) -> Result<Tagged<Category>, Problem> {
    let category = categories::patch(&state.app, &caller, id, &body.value, expected).await?;
    Ok(Tagged { revision: category.revision, value: category })
}
