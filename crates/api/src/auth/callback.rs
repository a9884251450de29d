//! `GET /auth/outlook/callback`: the browser comes back from Outlook.

use app::accounts::sign_in::{self, Callback};
use app::{Caller, Via, sync_run};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use model::documents::User;
use secrecy::ExposeSecret;
use serde::Deserialize;
use utoipa::IntoParams;

use super::page;
use crate::cookies::Cookie;
use crate::openapi::ReadErrors;
use crate::problem::Problem;
use crate::state::ApiState;

/// What Outlook sends with the browser.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Answer {
    /// The state of the sign-in.
    state: Option<String>,
    /// The code, when the person agreed.
    code: Option<String>,
    /// Why not, otherwise.
    error: Option<String>,
}

/// Finish a sign-in
///
/// Works once, within ten minutes, in the browser that began. Begins a session, ends the one the browser had, and goes
/// to where the person wanted to be.
#[utoipa::path(
    get,
    path = "/auth/outlook/callback",
    tag = "sign-in",
    security(()),
    params(Answer),
    responses(
        (status = 303, description = "Signed in; to the web app.",
            headers(("Location" = String, description = "A path of the web app."))),
        ReadErrors,
    )
)]
pub(crate) async fn callback(
    State(state): State<ApiState>,
    answer: Result<Query<Answer>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Query(answer)) = answer else {
        let detail = "the address that led back from Outlook cannot be read; begin the sign-in again";
        return page::refusal(&state, Problem::new("invalid_parameters", detail));
    };
    let settings = state.app.settings();
    let callback = Callback {
        state: answer.state.as_deref().unwrap_or_default(),
        code: answer.code.as_deref(),
        error: answer.error.as_deref(),
        browser_secret: Cookie::SignIn.read(&headers, settings),
        old_session: Cookie::Session.read(&headers, settings),
    };
    let finished = match sign_in::finish(&state.app, callback).await {
        Ok(finished) => finished,
        Err(error) => {
            let problem = Problem::from(error);
            tracing::warn!(target: "audit", action = "sign_in.refused", code = problem.code(), source = "web");
            return page::refusal(&state, problem);
        }
    };
    read_calendars(&state, &finished.user);
    let mut response = Redirect::to(&format!("{}{}", state.base, finished.return_to)).into_response();
    let session =
        Cookie::Session.set(finished.session.secret.expose_secret(), settings.session_max_s, settings);
    for cookie in [session, Cookie::SignIn.clear(settings)].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Lets the person's calendars appear while the browser loads the web app, and their events when calendars are read
/// without being asked.
fn read_calendars(state: &ApiState, user: &User) {
    let app = state.app.clone();
    let user_id = user.id;
    if app.settings().reads_by_itself {
        let via = Via::Operator;
        return sync_run::start_first(&app, Caller { user_id, role: user.role, via });
    }
    tokio::spawn(async move {
        if let Err(error) = sync_run::refresh_calendars(&app, user_id).await {
            tracing::warn!(%user_id, %error, "the calendars could not be read after a sign-in");
        }
    });
}
