//! `POST /categories`: a new category.

use app::records::categories;
use axum::extract::State;
use http::StatusCode;
use model::documents::Category;
use serde_json::{Map, Value};

use crate::access::Writer;
use crate::declared::{CategoryBody, CategoryDraft};
use crate::etag::Tagged;
use crate::idempotency::Idempotency;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Make a category
///
/// One of your own, or with `is_global` one for all, which only an administrator may. `409 name_taken` when there is
/// one of this name.
#[utoipa::path(
    post,
    path = "/categories",
    tag = "categories",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request repeatable for a day.")),
    request_body(content = CategoryDraft, example = json!({"name": "Concert", "color": "#b45309"})),
    responses(
        (status = 201, description = "The category.", body = CategoryBody,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020305", "name": "Concert", "color": "#b45309", "type": "system",
            "is_active": true, "usage_count": 12, "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:00Z", "revision": 4})),
        WriteErrors,
    )
)]
pub(crate) async fn create_category(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    idempotency: Idempotency,
    body: Body<Map<String, Value>>,
) -> Result<(StatusCode, Tagged<Category>), Problem> {
    let key = idempotency.of(&body.bytes)?;
    let mut draft = body.value;
    let is_global = crate::params::flag_of(&mut draft, "is_global")?;
    let category = categories::create(&state.app, &caller, &draft, is_global, key.as_ref()).await?;
    Ok((StatusCode::CREATED, Tagged { revision: category.revision, value: category }))
}
