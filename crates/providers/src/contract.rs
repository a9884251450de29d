//! What Callboard asks of a calendar provider, and the ways it can fail.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sync::remote::{RemoteCalendar, RemoteEntry};

/// A boxed future, so that the contract can stand behind `Arc<dyn CalendarProvider>`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a read goes on: a provider's opaque link or token, with what it is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Which reading this belongs to, for example `events_delta` or `calendar_view_delta`.
    pub mode: String,
    /// The provider's link or token, verbatim.
    pub token: String,
}

/// What follows a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// More pages follow.
    Page(Cursor),
    /// This was the last page; the cursor asks for what changes from here on.
    Done(Cursor),
}

/// One page of changes.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangePage {
    /// The entries, in the provider's order; the same id may come twice, the last one counts.
    pub entries: Vec<RemoteEntry>,
    /// What follows.
    pub next: Next,
}

/// Where to start a read from nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadWindow {
    /// Nothing that ended before this is asked for.
    pub from: Timestamp,
    /// For readings that need an end.
    pub until: Timestamp,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's stable id of the person.
    pub id: String,
    /// Mail address.
    pub email: String,
    /// Display name.
    pub display_name: String,
}

/// What a token endpoint gave.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// The bearer for the API.
    pub access_token: SecretString,
    /// The newest refresh token; `None` means the old one stays good.
    pub refresh_token: Option<SecretString>,
    /// When the access token dies, counted from the moment the request was sent.
    pub expires_at: Timestamp,
    /// Scopes as granted, in the provider's own spelling.
    pub scope: String,
}

/// The address to send a browser to, and what must come back.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// Where the browser goes.
    pub url: String,
}

/// Values that bind an authorization to the browser that began it; made by the caller from its randomness.
#[derive(Debug, Clone)]
pub struct AuthorizationSecrets {
    /// Comes back unchanged in the callback.
    pub state: String,
    /// PKCE verifier (RFC 7636), 43 to 128 characters; only its S256 challenge leaves.
    pub code_verifier: SecretString,
}

/// What went wrong with a provider, said as what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Worth trying again, not before the given wait when there is one.
    #[error("{message}")]
    Retry {
        /// How long the provider asked to wait, in milliseconds.
        after_ms: Option<u64>,
        /// Stable code for logs.
        code: String,
        /// What was attempted and what came back.
        message: String,
    },
    /// The access token was refused: refresh once, then ask again.
    #[error("{message}")]
    AccessTokenRefused {
        /// What was attempted and what came back.
        message: String,
    },
    /// The grant is dead: only the person can mend it by signing in again. Never retried.
    #[error("{message}")]
    Reconnect {
        /// Stable code for logs.
        code: String,
        /// What came back and what to do.
        message: String,
    },
    /// The cursor is no longer known: read that calendar from the start. Says nothing of deletions.
    #[error("{message}")]
    CursorGone {
        /// What came back.
        message: String,
    },
    /// The item or calendar is not there.
    #[error("{message}")]
    NotFound {
        /// What was asked for.
        message: String,
    },
    /// It will not work by asking again.
    #[error("{message}")]
    GiveUp {
        /// Stable code for logs.
        code: String,
        /// What was attempted, what came back, what to do.
        message: String,
    },
}

/// A provider of calendars: everything the read path needs. One page or one item a call, so that the caller
/// decides what is committed together and where a run may stop.
pub trait CalendarProvider: Send + Sync {
    /// The provider's name: `outlook`.
    fn name(&self) -> &'static str;

    /// Where to send the browser for signing in. `redirect_uri` is our callback.
    fn authorization_request(
        &self,
        redirect_uri: &str,
        secrets: &AuthorizationSecrets,
    ) -> AuthorizationRequest;

    /// Exchanges the code of a callback.
    fn exchange_code<'a>(
        &'a self,
        redirect_uri: &'a str,
        code: &'a str,
        secrets: &'a AuthorizationSecrets,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>>;

    /// Gets a fresh access token.
    fn refresh<'a>(
        &'a self,
        refresh_token: &'a SecretString,
    ) -> BoxFuture<'a, Result<TokenSet, ProviderError>>;

    /// Who the token belongs to.
    fn identity<'a>(&'a self, access: &'a SecretString) -> BoxFuture<'a, Result<Identity, ProviderError>>;

    /// All calendars of the person, every page.
    fn calendars<'a>(
        &'a self,
        access: &'a SecretString,
    ) -> BoxFuture<'a, Result<Vec<RemoteCalendar>, ProviderError>>;

    /// One page of changes: from the cursor, or from the start of `window` when there is none.
    fn changes<'a>(
        &'a self,
        access: &'a SecretString,
        calendar_id: &'a str,
        cursor: Option<&'a Cursor>,
        window: ReadWindow,
    ) -> BoxFuture<'a, Result<ChangePage, ProviderError>>;

    /// One item by id, complete (a master with its cancelled dates): an event, or a plain occurrence when that is what the
    /// id has become; `None` when the provider says it is gone (404). Which calendar it is in, it does not say.
    fn event<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteEntry>, ProviderError>>;

    /// The id of the calendar that an event is in now; `None` when the event is gone.
    fn calendar_of<'a>(
        &'a self,
        access: &'a SecretString,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, ProviderError>>;
}
