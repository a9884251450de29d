//! Sessions of browsers: 256 random bits in a cookie, only their digest in the store.
//!
//! A session ends at its absolute end, after a time without use, when it is ended, and when its person is disabled or
//! deleted: every use looks both up, so that nothing outlives them.

use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::collections::SESSIONS;
use model::documents::{Record, Session, User};
use secrecy::SecretString;
use store::{Batch, Filter, Order, Query, TypedStore, Value, Write};

use super::audit::Entry;
use super::digest;
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, Caller, Source, Via};

const SECRET_BYTES: usize = 32;
const TOUCH_AFTER_S: i64 = 60;

/// A new session: its record and the secret for the cookie, which is shown this once.
#[derive(Debug)]
pub struct NewSession {
    /// The record.
    pub session: Session,
    /// What the cookie holds.
    pub secret: SecretString,
}

/// A session that was checked: who it is, and what the web layer needs of it.
#[derive(Debug)]
pub struct SignedIn {
    /// The person behind it.
    pub caller: Caller,
    /// What non-safe requests must repeat.
    pub csrf_token: SecretString,
}

/// Makes a session and adds it to the batch, with its audit entry.
pub fn create(app: &App, user: &User, batch: &mut Batch) -> Result<NewSession, AppError> {
    let secret = app.new_secret(SECRET_BYTES);
    let now = app.now();
    let mut session = Session {
        id: app.new_id(),
        user_id: user.id,
        digest: digest::of(&secret),
        csrf_token: app.new_secret(SECRET_BYTES),
        expires_at: after(now, app.settings().session_max_s),
        last_used_at: to_minute(now),
        created_at: now,
        updated_at: now,
        revision: 0,
    };
    session.touch(now);
    batch.insert(&session)?;
    Entry::new("session.created", &SESSIONS, session.id)
        .about(user.id)
        .by(user.id)
        .from(Source::Web)
        .add(app, batch)?;
    Ok(NewSession { session, secret: secret.into() })
}

/// Checks the secret of a cookie. `NotSignedIn` when it is unknown or over, or when its person may not come in.
pub async fn authenticate(app: &App, secret: &str) -> Result<SignedIn, AppError> {
    let filter = Filter::eq("digest", digest::of(secret).as_str());
    let session: Session = app.store().first(filter).await?.ok_or(AppError::NotSignedIn)?;
    let now = app.now();
    if ends_at(app, &session) <= now {
        return Err(AppError::NotSignedIn);
    }
    let user: User = app.store().read(session.user_id).await?.ok_or(AppError::NotSignedIn)?;
    if user.is_disabled {
        return Err(AppError::NotSignedIn);
    }
    if now.duration_since(session.last_used_at).as_secs() >= TOUCH_AFTER_S {
        note_use(
            app,
            SESSIONS.name,
            Write::Update {
                collection: &SESSIONS,
                filter: Filter::eq("_id", session.id),
                set: vec![("last_used_at", Value::Instant(to_minute(now))), ("updated_at", now.into())],
                add: Vec::new(),
                must_match: false,
            },
        )
        .await;
    }
    let caller = Caller { user_id: user.id, role: user.role, via: Via::Session(session.id) };
    Ok(SignedIn { caller, csrf_token: session.csrf_token.into() })
}

/// The caller's own sessions that are not over, newest first.
pub async fn list(app: &App, caller: &Caller, page: PageRequest) -> Result<Paged<Session>, AppError> {
    let query = Query::of(&SESSIONS, Filter::eq("user_id", caller.user_id)).sorted("_id", Order::Descending);
    let (sessions, next): (Vec<Session>, _) = app.store().list(page.apply(query)?).await?;
    let now = app.now();
    Ok(Paged::new(sessions.into_iter().filter(|session| ends_at(app, session) > now).collect(), next))
}

/// Ends one of the caller's own sessions.
pub async fn end(app: &App, caller: &Caller, session_id: Id) -> Result<(), AppError> {
    let session: Option<Session> = app.store().read(session_id).await?;
    session
        .filter(|session| session.user_id == caller.user_id)
        .ok_or(AppError::NotFound { what: "session" })?;
    let mut batch = Batch::new();
    batch.delete(&SESSIONS, Filter::eq("_id", session_id));
    Entry::new("session.ended", &SESSIONS, session_id)
        .about(caller.user_id)
        .caller(caller)
        .add(app, &mut batch)?;
    Ok(app.store().commit(batch).await?)
}

/// Ends all of the caller's own sessions, the present one too.
pub async fn end_all(app: &App, caller: &Caller) -> Result<(), AppError> {
    let mut batch = Batch::new();
    batch.delete(&SESSIONS, Filter::eq("user_id", caller.user_id));
    Entry::new("session.all_ended", &SESSIONS, caller.user_id)
        .about(caller.user_id)
        .caller(caller)
        .add(app, &mut batch)?;
    Ok(app.store().commit(batch).await?)
}

/// When a session ends if it is not used again: its absolute end, or its idle end if that is sooner.
pub fn ends_at(app: &App, session: &Session) -> Timestamp {
    session.expires_at.min(after(session.last_used_at, app.settings().session_idle_s))
}

/// Cuts an instant to the minute: when exactly somebody clicked is nobody's business.
pub(super) fn to_minute(instant: Timestamp) -> Timestamp {
    let second = instant.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(instant)
}

/// Writes a time of last use. That it could not be written does not stop the request.
pub(super) async fn note_use(app: &App, what: &'static str, write: Write) {
    if let Err(error) = app.store().commit(Batch { writes: vec![write] }).await {
        tracing::warn!(what, %error, "the time of last use could not be saved");
    }
}

pub(crate) fn after(instant: Timestamp, seconds: i64) -> Timestamp {
    instant.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
