//! `GET /auth/outlook/login`: sends the browser to Outlook.

use app::accounts::sign_in::{self, SIGN_IN_LIVES_S};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header;
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::IntoParams;

use super::page;
use crate::cookies::Cookie;
use crate::openapi::ReadErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// Where to go afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// A path of the web app; anything else is taken as `/`.
    return_to: Option<String>,
}

/// Begin a sign-in
///
/// Sends the browser to Outlook and binds the sign-in to it with a cookie that lives ten minutes.
#[utoipa::path(
    get,
    path = "/auth/outlook/login",
    tag = "sign-in",
    security(()),
    params(Wanted),
    responses(
        (status = 303, description = "To Outlook.", headers(("Location" = String, description = "Outlook's address."))),
        ReadErrors,
    )
)]
pub(crate) async fn login(
    State(state): State<ApiState>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Ok(Query(wanted)) = wanted else {
        let detail = "the address of the sign-in names where to go more than once; open Callboard again";
        return page::refusal(&state, Problem::new("invalid_parameters", detail));
    };
    let begun = match sign_in::begin(&state.app, wanted.return_to.as_deref()).await {
        Ok(begun) => begun,
        Err(error) => return page::refusal(&state, Problem::from(error)),
    };
    let mut response = Redirect::to(&begun.url).into_response();
    let cookie =
        Cookie::SignIn.set(begun.browser_secret.expose_secret(), SIGN_IN_LIVES_S, state.app.settings());
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
