//! Personal access tokens for scripts: `cb_` and 256 random bits, shown once, only the digest stored.

use jiff::Timestamp;
use model::Id;
use model::collections::API_TOKENS;
use model::documents::{ApiToken, Record, TokenScope, UNSET, User};
use model::validate::FieldError;
use secrecy::{ExposeSecret, SecretString};
use store::{Batch, Filter, Query, TypedStore, Value, Write};

use super::audit::Entry;
use super::digest;
use super::idempotency::{self, RequestKey};
use super::sessions::{after, note_use, to_minute};
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, Caller, Via};

/// What every token begins with, so that people and scanners know one when they see one.
pub const TOKEN_START: &str = "cb_";
/// Days a token lives when nobody says how long.
pub const DEFAULT_DAYS: i64 = 90;
/// Days a token lives at the most.
pub const MAX_DAYS: i64 = 366;
/// Tokens one person may have.
pub const MAX_TOKENS: u64 = 50;

const SECRET_BYTES: usize = 32;
const PREFIX_CHARS: usize = 11;
const DAY_S: i64 = 86_400;

/// What a new token is to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scope: TokenScope,
    /// When it ends; in [`DEFAULT_DAYS`] days when absent, in [`MAX_DAYS`] at the latest.
    pub expires_at: Option<Timestamp>,
}

/// A token as it is made: the record, and the secret that is shown this once.
#[derive(Debug)]
pub struct CreatedToken {
    /// The record.
    pub token: ApiToken,
    /// The token itself; `None` when this is the repetition of a request that made it before.
    pub secret: Option<SecretString>,
}

/// Makes a token of the caller's own. A token cannot make tokens: only a session or the operator can.
/// The repetition of a request with the same key answers the same record, without the secret.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewToken,
    key: Option<&RequestKey>,
) -> Result<CreatedToken, AppError> {
    if matches!(caller.via, Via::Token(..)) {
        let reason = "a token cannot make tokens; sign in with a browser, or use `callboard tokens create`";
        return Err(AppError::Forbidden { reason: reason.to_owned() });
    }
    if let Some(token) = made_before(app, caller, key).await? {
        return Ok(CreatedToken { token, secret: None });
    }
    let now = app.now();
    let expires_at = could_create(app, caller, &new).await?;
    let secret = format!("{TOKEN_START}{}", app.new_secret(SECRET_BYTES));
    let mut token = ApiToken {
        id: app.new_id(),
        user_id: caller.user_id,
        name: new.name.trim().to_owned(),
        prefix: secret.chars().take(PREFIX_CHARS).collect(),
        digest: digest::of(&secret),
        scope: new.scope,
        expires_at: model::ambient::to_millisecond(expires_at),
        last_used_at: None,
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    };
    token.touch(now);
    let mut batch = Batch::new();
    batch.insert(&token)?;
    if let Some(key) = key {
        idempotency::remember(app, caller, key, token.id, &mut batch)?;
    }
    Entry::new("token.created", &API_TOKENS, token.id)
        .about(caller.user_id)
        .caller(caller)
        .changes(serde_json::json!({"name": {"after": token.name}, "scope": {"after": token.scope}}))
        .add(app, &mut batch)?;
    match app.store().commit(batch).await.map_err(AppError::from) {
        Ok(()) => Ok(CreatedToken { token, secret: Some(secret.into()) }),
        Err(error) if idempotency::is_lost_race(&error) => {
            let token = made_before(app, caller, key).await?.ok_or(error)?;
            Ok(CreatedToken { token, secret: None })
        }
        Err(error) => Err(error),
    }
}

/// Whether the caller could have this token; answers when it would end.
pub async fn could_create(app: &App, caller: &Caller, new: &NewToken) -> Result<Timestamp, AppError> {
    let now = app.now();
    let expires_at = new.expires_at.unwrap_or(after(now, DEFAULT_DAYS * DAY_S));
    AppError::check(check(&new.name, expires_at, now))?;
    if app.store().count(&API_TOKENS, Filter::eq("user_id", caller.user_id)).await? >= MAX_TOKENS {
        let detail = format!("you have {MAX_TOKENS} tokens, which is the most; revoke one first");
        return Err(AppError::Conflict { code: "too_many_tokens", detail });
    }
    Ok(expires_at)
}

/// Checks a token. `NotSignedIn` when it is unknown or over, or when its person may not come in.
pub async fn authenticate(app: &App, secret: &SecretString) -> Result<Caller, AppError> {
    let filter = Filter::eq("digest", digest::of(secret.expose_secret()).as_str());
    let token: ApiToken = app.store().first(filter).await?.ok_or(AppError::NotSignedIn)?;
    let now = app.now();
    if token.expires_at <= now {
        return Err(AppError::NotSignedIn);
    }
    let user: User = app.store().read(token.user_id).await?.ok_or(AppError::NotSignedIn)?;
    if user.is_disabled {
        return Err(AppError::NotSignedIn);
    }
    if token.last_used_at != Some(to_minute(now)) {
        note_use(
            app,
            API_TOKENS.name,
            Write::Update {
                collection: &API_TOKENS,
                filter: Filter::eq("_id", token.id),
                set: vec![("last_used_at", Value::Instant(to_minute(now))), ("updated_at", now.into())],
                add: Vec::new(),
                must_match: false,
            },
        )
        .await;
    }
    Ok(Caller { user_id: user.id, role: user.role, via: Via::Token(token.id, token.scope) })
}

/// One page of the caller's own tokens.
pub async fn list(app: &App, caller: &Caller, page: PageRequest) -> Result<Paged<ApiToken>, AppError> {
    let query = page.apply(Query::of(&API_TOKENS, Filter::eq("user_id", caller.user_id)))?;
    let (tokens, next) = app.store().list(query).await?;
    Ok(Paged::new(tokens, next))
}

/// Revokes one of the caller's own tokens, at once.
pub async fn revoke(app: &App, caller: &Caller, token_id: Id) -> Result<(), AppError> {
    let token: Option<ApiToken> = app.store().read(token_id).await?;
    let token =
        token.filter(|token| token.user_id == caller.user_id).ok_or(AppError::NotFound { what: "token" })?;
    let mut batch = Batch::new();
    batch.delete(&API_TOKENS, Filter::eq("_id", token.id));
    Entry::new("token.revoked", &API_TOKENS, token.id)
        .about(token.user_id)
        .caller(caller)
        .add(app, &mut batch)?;
    Ok(app.store().commit(batch).await?)
}

async fn made_before(
    app: &App,
    caller: &Caller,
    key: Option<&RequestKey>,
) -> Result<Option<ApiToken>, AppError> {
    let Some(key) = key else { return Ok(None) };
    let Some(token_id) = idempotency::find(app, caller, key).await? else { return Ok(None) };
    Ok(app.store().read(token_id).await?)
}

fn check(name: &str, expires_at: Timestamp, now: Timestamp) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        errors.push(FieldError::new("name", "has 1 to 100 characters and no control characters"));
    }
    if expires_at <= now {
        errors.push(FieldError::new("expires_at", "lies in the past"));
    }
    if expires_at > after(now, MAX_DAYS * DAY_S) {
        errors.push(FieldError::new("expires_at", format!("is at most {MAX_DAYS} days from now")));
    }
    errors
}
