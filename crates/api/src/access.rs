//! Who asks: the extractors that stand in front of every handler that needs somebody.
//!
//! A session counts for a change only with its CSRF token, a token only with the scope `write`; both are checked here
//! by the request's method, whichever of the extractors a handler names.

use app::accounts::{sessions, tokens};
use app::{Caller, Via};
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use model::documents::TokenScope;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::cookies::Cookie;
use crate::middleware::address::ClientAddress;
use crate::middleware::limits::AccountAllowance;
use crate::problem::Problem;
use crate::state::ApiState;

/// The header that repeats the CSRF token.
pub(crate) const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// Somebody, by session or token: for reading.
pub(crate) struct CallerOf(pub(crate) Caller);

/// Somebody who may change things: by session with its CSRF token, or by a token with the scope `write`.
pub(crate) struct Writer(pub(crate) Caller);

/// An administrator. For changes the rules of [`Writer`] hold as well.
pub(crate) struct Admin(pub(crate) Caller);

/// Somebody with what the session knows of itself.
pub(crate) struct Session {
    /// Who it is.
    pub(crate) caller: Caller,
    /// What non-safe requests must repeat; `None` for a token.
    pub(crate) csrf_token: Option<SecretString>,
}

impl FromRequestParts<ApiState> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let session = counted(parts, state).await?;
        if !is_safe(&parts.method) {
            may_change(&session, &parts.headers)?;
        }
        Ok(session)
    }
}

impl FromRequestParts<ApiState> for CallerOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        Session::from_request_parts(parts, state).await.map(|session| Self(session.caller))
    }
}

impl FromRequestParts<ApiState> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let session = counted(parts, state).await?;
        may_change(&session, &parts.headers)?;
        Ok(Self(session.caller))
    }
}

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let CallerOf(caller) = CallerOf::from_request_parts(parts, state).await?;
        if caller.is_admin() {
            Ok(Self(caller))
        } else {
            Err(Problem::new("forbidden", "only an administrator may do this"))
        }
    }
}

/// Whether a method promises to change nothing (RFC 9110, 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Somebody from this machine itself, or an administrator: for figures that a local collector reads without a token.
pub(crate) struct LocalOrAdmin;

impl FromRequestParts<ApiState> for LocalOrAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        if parts.extensions.get::<ClientAddress>().is_some_and(|address| address.is_local) {
            return Ok(Self);
        }
        Admin::from_request_parts(parts, state).await.map(|_| Self)
    }
}

/// Who asks, counted: what is proved by account, what is refused by address.
async fn counted(parts: &Parts, state: &ApiState) -> Result<Session, Problem> {
    let now = state.app.now();
    match authenticate(&parts.headers, state).await {
        Ok(session) => {
            let allowance = state.limits.account(session.caller.user_id, now);
            if let Some(account) = parts.extensions.get::<AccountAllowance>() {
                account.note(allowance);
            }
            allowance.refuse("your account makes too many requests")?;
            Ok(session)
        }
        Err(problem) => {
            let tried = parts.headers.contains_key(header::AUTHORIZATION)
                || Cookie::Session.read(&parts.headers, state.app.settings()).is_some();
            if let Some(address) = parts.extensions.get::<ClientAddress>()
                && tried
            {
                state.limits.failure(address.ip, now)?;
                // Behind the limit, so that nobody can fill the log with it.
                tracing::warn!(target: "audit", action = "proof.refused", code = problem.code());
            }
            Err(problem)
        }
    }
}

/// Who the headers speak of. A bearer token counts before a cookie, so that a script never acts as a browser's person.
pub(crate) async fn authenticate(headers: &HeaderMap, state: &ApiState) -> Result<Session, Problem> {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(bearer).ok_or(app::AppError::NotSignedIn)?;
        let caller = tokens::authenticate(&state.app, &token).await?;
        return Ok(Session { caller, csrf_token: None });
    }
    let secret = Cookie::Session.read(headers, state.app.settings()).ok_or(app::AppError::NotSignedIn)?;
    let signed_in = sessions::authenticate(&state.app, secret).await?;
    Ok(Session { caller: signed_in.caller, csrf_token: Some(signed_in.csrf_token) })
}

fn bearer(authorization: &str) -> Option<SecretString> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned().into())
}

fn may_change(session: &Session, headers: &HeaderMap) -> Result<(), Problem> {
    match session.caller.via {
        Via::Token(_, TokenScope::Write) | Via::Operator => Ok(()),
        Via::Token(_, TokenScope::Read) => Err(Problem::new(
            "token_scope",
            "this token has the scope `read`; a change needs a token with the scope `write`",
        )),
        Via::Session(_) => {
            same_csrf_token(session, headers.get(CSRF_TOKEN).map(HeaderValue::as_bytes).unwrap_or_default())
        }
    }
}

/// Whether this is the session's CSRF token; a token has none, and no form of ours is for tokens.
pub(crate) fn same_csrf_token(session: &Session, given: &[u8]) -> Result<(), Problem> {
    let expected = session.csrf_token.as_ref().map(|token| token.expose_secret().as_bytes());
    match expected {
        Some(expected) if bool::from(given.ct_eq(expected)) => Ok(()),
        _ => Err(Problem::new("csrf_token", "send `csrf_token` of /api/v1/me in the header X-CSRF-Token")),
    }
}
