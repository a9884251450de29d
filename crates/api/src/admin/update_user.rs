//! `PATCH /admin/users/{id}`: promote, demote, shut out, let in.

use app::accounts::users::{self, UserChange};
use axum::extract::State;
use model::documents::Role;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{RoleWord, UserItem};
use crate::access::Admin;
use crate::etag::{IfMatch, Tagged};
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::params::PathId;
use crate::problem::Problem;
use crate::state::ApiState;

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"role": "admin"}))]
pub(crate) struct UserPatch {
    /// What they may do.
    role: Option<RoleWord>,
    /// Whether they are shut out: their sessions and tokens end at once.
    is_disabled: Option<bool>,
}

/// Change a person
///
/// Makes somebody an administrator or an ordinary user, shuts them out or lets them in. One administrator who may come
/// in always stays.
#[utoipa::path(
    patch,
    path = "/admin/users/{id}",
    tag = "administration",
    params(
        ("id" = String, Path, description = "The person's id.", example = "6741a2b0c3d4e5f601020304"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read; 412 when it is stale."),
    ),
    request_body(content = UserPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The person.", body = UserItem,
            headers(("ETag" = String, description = "The revision.")),
            example = json!({"_id": "6741a2b0c3d4e5f601020304", "email": "mara@example.org",
                "display_name": "Mara Lind", "role": "admin", "is_disabled": false,
                "created_at": "2026-11-01T09:00:00Z", "updated_at": "2026-11-22T09:00:00Z", "revision": 5})),
        WriteErrors,
    )
)]
pub(crate) async fn update_user(
    State(state): State<ApiState>,
    Admin(caller): Admin,
    PathId(id): PathId,
    if_match: IfMatch,
    Body { value: patch, .. }: Body<UserPatch>,
) -> Result<Tagged<UserItem>, Problem> {
    let role = patch.role.map(|role| match role {
        RoleWord::Admin => Role::Admin,
        RoleWord::User => Role::User,
    });
    let change = UserChange { role, is_disabled: patch.is_disabled };
    let user = users::update(&state.app, &caller, id, change, if_match.0).await?;
    Ok(Tagged { revision: user.revision, value: user.into() })
}
