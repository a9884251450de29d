//! `/admin`: for administrators only.

mod delete_user;
mod health;
mod list_users;
mod update_user;

use model::documents::{Role, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ApiState;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_users::list_users))
        .routes(routes!(update_user::update_user, delete_user::delete_user))
        .routes(routes!(health::admin_health))
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Role)]
pub(crate) enum RoleWord {
    /// Everything.
    Admin,
    /// Their own calendars.
    User,
}

/// A person, as administrators see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserItem {
    /// Their id.
    #[serde(rename = "_id")]
    id: String,
    /// Mail address.
    email: String,
    /// Name as shown.
    display_name: String,
    /// What they may do.
    role: RoleWord,
    /// Whether they are shut out.
    is_disabled: bool,
    /// Why Outlook must be connected again; absent while it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    reconnect_reason: Option<String>,
    /// When they last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_login: Option<jiff::Timestamp>,
    /// When they first signed in.
    #[schema(value_type = String, format = DateTime)]
    created_at: jiff::Timestamp,
    /// When the record was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: jiff::Timestamp,
    /// The ETag of the record.
    revision: i64,
}

impl From<User> for UserItem {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            display_name: user.display_name,
            role: match user.role {
                Role::Admin => RoleWord::Admin,
                Role::User => RoleWord::User,
            },
            is_disabled: user.is_disabled,
            reconnect_reason: user.reconnect_reason,
            last_login: user.last_login,
            created_at: user.created_at,
            updated_at: user.updated_at,
            revision: user.revision,
        }
    }
}
