//! `/auth/admin-link/{code}`: a page that asks, and the button that makes the signed-in person an administrator.
//!
//! Opening the link changes nothing: link previews and prefetching browsers must not use it up.

use app::accounts::{admin_link, me};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::page;
use crate::access;
use crate::openapi::{ItemErrors, WriteErrors};
use crate::problem::Problem;
use crate::state::ApiState;

/// What the button sends.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Confirmation {
    /// The CSRF token of the session.
    csrf_token: String,
}

/// Ask whether to become an administrator
///
/// The one-time link that the server prints at its first start, or `callboard users admin-link`. Who is not signed in is
/// sent to Outlook first and comes back here.
#[utoipa::path(
    get,
    path = "/auth/admin-link/{code}",
    tag = "sign-in",
    security(()),
    params(("code" = String, Path, description = "The code of the link.")),
    responses(
        (status = 200, description = "A page that asks.", body = String, content_type = "text/html"),
        (status = 303, description = "To sign in first."),
        (status = 410, description = "The link is over.", body = String, content_type = "text/html"),
        ItemErrors,
    )
)]
pub(crate) async fn show_admin_link(
    State(state): State<ApiState>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    match show(&state, &code, &headers).await {
        Ok(response) => response,
        Err(problem) => page::refusal(&state, problem),
    }
}

/// Become an administrator
///
/// Uses up the link.
#[utoipa::path(
    post,
    path = "/auth/admin-link/{code}",
    tag = "sign-in",
    params(("code" = String, Path, description = "The code of the link.")),
    request_body(content = Confirmation, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Done; to the web app."), WriteErrors)
)]
pub(crate) async fn redeem_admin_link(
    State(state): State<ApiState>,
    Path(code): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Confirmation>, FormRejection>,
) -> Response {
    match redeem(&state, &code, &headers, form).await {
        Ok(response) => response,
        Err(problem) => page::refusal(&state, problem),
    }
}

async fn show(state: &ApiState, code: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    if !admin_link::is_good(&state.app, code).await? {
        let detail = "this link is over or was used already; `callboard users admin-link` makes another";
        return Err(Problem::new("link_over", detail));
    }
    let Ok(session) = access::authenticate(headers, state).await else {
        let login = format!("{}/auth/outlook/login?return_to=%2Fauth%2Fadmin-link%2F{code}", state.base);
        return Ok(Redirect::to(&login).into_response());
    };
    let token = session
        .csrf_token
        .ok_or(Problem::new("forbidden", "open the link in a browser that is signed in"))?;
    let user = me::read(&state.app, &session.caller).await?;
    let body = format!(
        "<p>You are signed in as {} ({}). Administrators see everything, manage people and global lists.</p>\
         <form method=\"post\" action=\"{}/auth/admin-link/{}\">\
         <input type=\"hidden\" name=\"csrf_token\" value=\"{}\">\
         <button type=\"submit\">Become an administrator</button></form>",
        page::escape(&user.display_name),
        page::escape(&user.email),
        state.base,
        page::escape(code),
        page::escape(token.expose_secret()),
    );
    Ok(page::page(state, StatusCode::OK, "Become an administrator?", &body))
}

async fn redeem(
    state: &ApiState,
    code: &str,
    headers: &HeaderMap,
    form: Result<Form<Confirmation>, FormRejection>,
) -> Result<Response, Problem> {
    let session = access::authenticate(headers, state).await?;
    let given = form.map(|Form(confirmation)| confirmation.csrf_token).unwrap_or_default();
    access::same_csrf_token(&session, given.as_bytes())?;
    admin_link::redeem(&state.app, &session.caller, code).await?;
    Ok(Redirect::to(&format!("{}/", state.base)).into_response())
}
