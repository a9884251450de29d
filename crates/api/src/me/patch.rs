//! `PATCH /me`: what a person chooses.

use app::accounts::me;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::get::Me;
use crate::access::{Session, Writer};
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// A change of what a person chose.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MeChange {
    /// A merge patch of the preferences: what is given replaces, null takes away, the rest stays.
    #[schema(value_type = Object)]
    preferences: Map<String, Value>,
}

/// Change what the web app remembers for you
///
/// A JSON merge patch of your preferences, which follow you from browser to browser. Anything that is JSON, 16 KiB in all.
/// Without `If-Match`: of two changes at once both are kept, except of the same preference, of which the last one is.
#[utoipa::path(
    patch,
    path = "/me",
    tag = "account",
    request_body(content = MeChange, content_type = "application/merge-patch+json",
        example = json!({"preferences": {"zone": "Europe/Berlin"}})),
    responses(
        (status = 200, description = "The signed-in person.", body = Me, example = json!({
            "_id": "6741a2b0c3d4e5f601020304", "email": "mara@example.org", "display_name": "Mara Lind",
            "role": "user", "connections": {"outlook": {"status": "ok", "email": "mara@example.org"}},
            "csrf_token": "Zk3…", "preferences": {"zone": "Europe/Berlin"}
        })),
        WriteErrors,
    )
)]
pub(crate) async fn patch_me(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    session: Session,
    body: Body<MeChange>,
) -> Result<Json<Me>, Problem> {
    let user = me::patch_preferences(&state.app, &caller, &body.value.preferences).await?;
    Ok(Json(Me::of(user, &session)))
}
