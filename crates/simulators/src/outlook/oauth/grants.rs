//! Codes and tokens: who they stand for, how long they live, what kills them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::ids;
use crate::world::RefreshRotation;

/// All grants of a running simulator.
#[derive(Debug)]
pub(crate) struct Grants {
    seed: u64,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    issued: u64,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
}

/// An authorization code, as it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) user: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) expires: Timestamp,
    pub(super) redeemed: bool,
}

#[derive(Debug)]
struct Access {
    user: String,
    expires: Timestamp,
}

#[derive(Clone, Debug)]
struct Refresh {
    user: String,
    scope: String,
    last_used: Timestamp,
    dead: Option<GrantError>,
}

/// What a redeemed grant gives.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) scope: String,
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
}

/// How long things live, and how refresh tokens rotate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) now: Timestamp,
    pub(super) access_s: u32,
    pub(super) refresh_s: u32,
    pub(super) rotation: RefreshRotation,
}

/// Why a bearer is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BearerError {
    Missing,
    Unknown,
    Expired,
}

/// Why a grant is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GrantError {
    UnknownCode,
    ExpiredCode,
    RedeemedCode,
    WrongRedirect,
    WrongVerifier,
    UnknownRefresh,
    InactiveRefresh,
    RotatedRefresh,
    Revoked,
}

impl Grants {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, book: Mutex::default() }
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        *self.lock() = Book::default();
    }

    /// Ends all grants of a person, as a changed password or an administrator does.
    pub(crate) fn revoke(&self, user: &str) {
        let mut book = self.lock();
        book.access.retain(|_, access| access.user != user);
        book.codes.retain(|_, code| code.user != user);
        let refresh = book.refresh.values_mut().filter(|refresh| refresh.user == user);
        refresh.for_each(|refresh| refresh.dead = Some(GrantError::Revoked));
    }

    /// The directory id of the person behind an access token.
    pub(crate) fn bearer(&self, token: &str, now: Timestamp) -> Result<String, BearerError> {
        if token.is_empty() {
            return Err(BearerError::Missing);
        }
        let book = self.lock();
        let access = book.access.get(token).ok_or(BearerError::Unknown)?;
        if access.expires <= now { Err(BearerError::Expired) } else { Ok(access.user.clone()) }
    }

    /// Writes down a code.
    pub(super) fn issue_code(&self, code: Code) -> String {
        let mut book = self.lock();
        let text = self.token(&mut book, "code", "0.");
        book.codes.insert(text.clone(), code);
        text
    }

    /// Redeems a code, once.
    pub(super) fn redeem(
        &self,
        text: &str,
        redirect_uri: &str,
        verifier: &str,
        terms: Terms,
    ) -> Result<Issued, GrantError> {
        let mut book = self.lock();
        let code = book.codes.get_mut(text).ok_or(GrantError::UnknownCode)?;
        if code.redeemed {
            return Err(GrantError::RedeemedCode);
        }
        if code.expires <= terms.now {
            return Err(GrantError::ExpiredCode);
        }
        if code.redirect_uri != redirect_uri {
            return Err(GrantError::WrongRedirect);
        }
        if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.challenge {
            return Err(GrantError::WrongVerifier);
        }
        code.redeemed = true;
        let code = code.clone();
        Ok(self.issue(&mut book, &code.user, &code.scope, terms))
    }

    /// Gives new tokens for a refresh token. In Entra's way the old one stays good.
    pub(super) fn refresh(&self, text: &str, terms: Terms) -> Result<Issued, GrantError> {
        let mut book = self.lock();
        let refresh = book.refresh.get_mut(text).ok_or(GrantError::UnknownRefresh)?;
        if let Some(reason) = refresh.dead {
            return Err(reason);
        }
        let idle = terms.now.duration_since(refresh.last_used);
        if idle > SignedDuration::from_secs(terms.refresh_s.into()) {
            return Err(GrantError::InactiveRefresh);
        }
        refresh.last_used = terms.now;
        if terms.rotation == RefreshRotation::Strict {
            refresh.dead = Some(GrantError::RotatedRefresh);
        }
        let refresh = refresh.clone();
        Ok(self.issue(&mut book, &refresh.user, &refresh.scope, terms))
    }

    fn issue(&self, book: &mut Book, user: &str, scope: &str, terms: Terms) -> Issued {
        let access_token = self.token(book, "access", "EwB");
        let expires = terms.now.saturating_add(SignedDuration::from_secs(terms.access_s.into()));
        let expires = expires.unwrap_or(Timestamp::MAX);
        book.access.insert(access_token.clone(), Access { user: user.to_owned(), expires });
        let refresh_token = scope.split(' ').any(|one| one == "offline_access").then(|| {
            let text = self.token(book, "refresh", "1.A");
            let refresh =
                Refresh { user: user.to_owned(), scope: scope.to_owned(), last_used: terms.now, dead: None };
            book.refresh.insert(text.clone(), refresh);
            text
        });
        Issued { scope: scope.to_owned(), access_token, refresh_token }
    }

    fn token(&self, book: &mut Book, kind: &str, first: &str) -> String {
        book.issued += 1;
        ids::token(self.seed, kind, book.issued, first)
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
