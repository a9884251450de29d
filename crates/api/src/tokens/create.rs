//! `POST /tokens`: a new token, whose secret is shown this once.

use app::accounts::tokens::{self, NewToken};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use model::documents::TokenScope;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Scope, Token};
use crate::access::Writer;
use crate::idempotency::Idempotency;
use crate::json::Body;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// What the token is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Foyer screen", "scope": "read", "expires_at": "2027-02-20T09:00:00Z"}))]
pub(crate) struct TokenDraft {
    /// What it is for, 1 to 100 characters.
    name: String,
    /// What it may be used for; `read` when absent.
    scope: Option<Scope>,
    /// When it ends, at most 366 days from now; in 90 days when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<jiff::Timestamp>,
}

/// A token with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewlyMade {
    #[serde(flatten)]
    record: Token,
    /// The token itself, shown this once; absent when the request is repeated with its idempotency key.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// Make a token
///
/// For scripts: `Authorization: Bearer cb_…`. The token is in the answer this once; the server keeps only a digest.
/// A token cannot make tokens.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "account",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request repeatable for a day.")),
    request_body = TokenDraft,
    responses(
        (status = 201, description = "The token.", body = NewlyMade, example = json!({
            "_id": "6741a2b0c3d4e5f601020304", "name": "Foyer screen", "prefix": "cb_Zk3x9Qa", "scope": "read",
            "created_at": "2026-11-22T09:00:00Z", "expires_at": "2027-02-20T09:00:00Z", "token": "cb_Zk3x9Qa…"
        })),
        WriteErrors,
    )
)]
pub(crate) async fn create_token(
    State(state): State<ApiState>,
    Writer(caller): Writer,
    idempotency: Idempotency,
    body: Body<TokenDraft>,
) -> Result<(StatusCode, Json<NewlyMade>), Problem> {
    state.limits.token(caller.user_id, state.app.now())?;
    let key = idempotency.of(&body.bytes)?;
    let draft = body.value;
    let scope = match draft.scope {
        Some(Scope::Write) => TokenScope::Write,
        Some(Scope::Read) | None => TokenScope::Read,
    };
    let new = NewToken { name: draft.name, scope, expires_at: draft.expires_at };
    let created = tokens::create(&state.app, &caller, new, key.as_ref()).await?;
    let token = created.secret.map(|secret| secret.expose_secret().to_owned());
    Ok((StatusCode::CREATED, Json(NewlyMade { record: created.token.into(), token })))
}
