//! `POST /auth/logout`: ends the session of this browser.

use app::Via;
use app::accounts::sessions;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use crate::access::Writer;
use crate::cookies::Cookie;
use crate::openapi::WriteErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Sign out
///
/// Ends the session at the server and takes the cookie away.
#[utoipa::path(
    post,
    path = "/auth/logout",
    tag = "sign-in",
    responses((status = 204, description = "Signed out."), WriteErrors)
)]
pub(crate) async fn logout(
    State(state): State<ApiState>,
    Writer(caller): Writer,
) -> Result<Response, Problem> {
    let Via::Session(session_id) = caller.via else {
        return Err(Problem::new("forbidden", "a token has no session; revoke it to end it"));
    };
    sessions::end(&state.app, &caller, session_id).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = Cookie::Session.clear(state.app.settings()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
