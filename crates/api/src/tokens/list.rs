//! `GET /tokens`: the person's own tokens.

use app::accounts::tokens;
use app::paging::Paged;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Token;
use crate::access::CallerOf;
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

/// A page of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenPage {
    /// The tokens.
    items: Vec<Token>,
    /// Where to go on; null at the end.
    next_cursor: Option<String>,
}

/// List your tokens
///
/// Tokens of the signed-in person, oldest first. The secret of a token is never shown again.
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "account",
    params(Paging),
    responses(
        (status = 200, description = "A page of tokens.", body = TokenPage, example = json!({
            "items": [{"_id": "6741a2b0c3d4e5f601020304", "name": "Foyer screen", "prefix": "cb_Zk3x9Qa",
                "scope": "read", "created_at": "2026-11-22T09:00:00Z", "expires_at": "2027-02-20T09:00:00Z"}],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_tokens(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(paging): Params<Paging>,
) -> Result<Json<TokenPage>, Problem> {
    let page = params::page(paging.limit, paging.cursor.as_deref())?;
    let Paged { items, next_cursor } = tokens::list(&state.app, &caller, page).await?.map(Token::from);
    Ok(Json(TokenPage { items, next_cursor }))
}
