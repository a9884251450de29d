//! `GET /me`: the signed-in person, how their providers are, and the CSRF token of the session.

use app::accounts::me::{self, ConnectionStatus};
use axum::Json;
use axum::extract::State;
use model::documents::User;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Session;
use crate::openapi::ReadErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// The signed-in person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// The person's id.
    #[serde(rename = "_id")]
    id: String,
    /// Mail address.
    email: String,
    /// Name as shown.
    display_name: String,
    /// `admin` or `user`.
    role: &'static str,
    /// How the calendar providers are.
    connections: Connections,
    /// What non-safe requests of this session repeat in `X-CSRF-Token`; absent for a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// What the web app remembers for the person.
    #[schema(value_type = Object)]
    preferences: serde_json::Map<String, serde_json::Value>,
}

impl Me {
    /// The person behind this session.
    pub(super) fn of(user: User, session: &Session) -> Self {
        let status = me::outlook_status(&user);
        Self {
            id: user.id.to_string(),
            role: crate::me::role_word(user.role),
            connections: Connections {
                outlook: Connection {
                    status,
                    email: (status != ConnectionStatus::None).then(|| user.email.clone()),
                    reason: user.reconnect_reason.clone(),
                },
            },
            preferences: me::preferences(&user),
            email: user.email,
            display_name: user.display_name,
            csrf_token: session.csrf_token.as_ref().map(|token| token.expose_secret().to_owned()),
        }
    }
}

/// The calendar providers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connections {
    /// Outlook.
    outlook: Connection,
}

/// How a provider is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Connection {
    /// `ok`, `reconnect_needed` or `none`.
    #[schema(value_type = String, example = "ok")]
    status: ConnectionStatus,
    /// The account there.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Why it must be connected again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Who is signed in
///
/// The person behind the session or token, how their calendar providers are, and the CSRF token that non-safe
/// requests of a session must repeat.
#[utoipa::path(
    get,
    path = "/me",
    tag = "account",
    responses(
        (status = 200, description = "The signed-in person.", body = Me, example = json!({
            "_id": "6741a2b0c3d4e5f601020304", "email": "mara@example.org", "display_name": "Mara Lind",
            "role": "user", "connections": {"outlook": {"status": "ok", "email": "mara@example.org"}},
            "csrf_token": "Zk3…", "preferences": {"zone": "Europe/Berlin"}
        })),
        ReadErrors,
    )
)]
pub(crate) async fn get_me(State(state): State<ApiState>, session: Session) -> Result<Json<Me>, Problem> {
    let user = me::read(&state.app, &session.caller).await?;
    Ok(Json(Me::of(user, &session)))
}
