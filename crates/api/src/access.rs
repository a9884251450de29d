//! Who asks: the extractors that stand in front of every handler that needs somebody.
//!
//! A session counts for a change only with its CSRF token, a token only with the scope `write`; both are checked here
//! by the request's method, whichever of the extractors a handler names.

use app::accounts::{sessions, tokens};
use app::{Caller, Via};
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, header};
use jiff::Timestamp;
use model::documents::TokenScope;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::cookies::Cookie;
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

/// Somebody with what the session knows of itself. A token has no CSRF token and no end that matters here.
pub(crate) struct Session {
    /// Who it is.
    pub(crate) caller: Caller,
    /// What non-safe requests must repeat; `None` for a token.
    pub(crate) csrf_token: Option<SecretString>,
    /// When the session ends if it is not used again.
    pub(crate) ends_at: Option<Timestamp>,
}

impl FromRequestParts<ApiState> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let session = authenticate(&parts.headers, state).await?;
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
        let session = authenticate(&parts.headers, state).await?;
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

/// Who the headers speak of. A bearer token counts before a cookie, so that a script never acts as a browser's person.
async fn authenticate(headers: &HeaderMap, state: &ApiState) -> Result<Session, Problem> {
    if let Some(authorization) = headers.get(header::AUTHORIZATION) {
        let token = authorization.to_str().ok().and_then(bearer).ok_or(app::AppError::NotSignedIn)?;
        let caller = tokens::authenticate(&state.app, &token).await?;
        return Ok(Session { caller, csrf_token: None, ends_at: None });
    }
    let secret = Cookie::Session.read(headers, state.app.settings()).ok_or(app::AppError::NotSignedIn)?;
    let signed_in = sessions::authenticate(&state.app, secret).await?;
    Ok(Session {
        caller: signed_in.caller,
        csrf_token: Some(signed_in.csrf_token),
        ends_at: Some(signed_in.ends_at),
    })
}

fn bearer(authorization: &str) -> Option<SecretString> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned().into())
}

fn may_change(session: &Session, headers: &HeaderMap) -> Result<(), Problem> {
    match (session.caller.via, &session.csrf_token) {
        (Via::Token(_, TokenScope::Write) | Via::Operator, _) => Ok(()),
        (Via::Token(_, TokenScope::Read), _) => Err(Problem::new(
            "token_scope",
            "this token has the scope `read`; a change needs a token with the scope `write`",
        )),
        (Via::Session(_), Some(expected)) => {
            let given = headers.get(CSRF_TOKEN).map(|value| value.as_bytes()).unwrap_or_default();
            if bool::from(given.ct_eq(expected.expose_secret().as_bytes())) {
                Ok(())
            } else {
                Err(Problem::new("csrf_token", "send `csrf_token` of /api/v1/me in the header X-CSRF-Token"))
            }
        }
        (Via::Session(_), None) => Err(app::AppError::NotSignedIn.into()),
    }
}
