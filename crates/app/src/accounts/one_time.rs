//! Codes that work once: made, found and used up. What is bound to one is sealed for its record.

use model::collections::ONE_TIME_CODES;
use model::documents::{OneTimeCode, Record, UNSET};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{Batch, Filter, StoreError, TypedStore};

use super::digest;
use super::sessions::after;
use crate::{App, AppError};

const SECRET_BYTES: usize = 32;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    SignIn,
    AdminLink,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::AdminLink => "admin_link",
        }
    }
}

/// Makes a code that lives so many seconds and answers its secret. Codes that are over go at the same time.
pub(super) async fn create<T: Serialize>(
    app: &App,
    purpose: Purpose,
    payload: Option<&T>,
    lives_s: i64,
) -> Result<SecretString, AppError> {
    let now = app.now();
    let secret = app.new_secret(SECRET_BYTES);
    let id = app.new_id();
    let sealed = payload.map(|payload| {
        let text: SecretString = serde_json::to_string(payload).map_err(internal)?.into();
        app.sealer().seal(&text, id, purpose.word(), app.entropy()).map_err(internal)
    });
    let mut code = OneTimeCode {
        id,
        purpose: purpose.word().to_owned(),
        digest: digest::of(&secret),
        payload: sealed.transpose()?,
        expires_at: after(now, lives_s),
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    };
    code.touch(now);
    let mut batch = Batch::new();
    batch.delete(&ONE_TIME_CODES, Filter::Lte("expires_at", now.into()));
    batch.insert(&code)?;
    app.store().commit(batch).await?;
    Ok(secret.into())
}

/// The code of this secret, unless it is unknown, used up, over or for something else.
pub(super) async fn find(app: &App, purpose: Purpose, secret: &str) -> Result<Option<OneTimeCode>, AppError> {
    let code: Option<OneTimeCode> =
        app.store().first(Filter::eq("digest", digest::of(secret).as_str())).await?;
    Ok(code.filter(|code| code.purpose == purpose.word() && code.expires_at > app.now()))
}

/// What was bound to a code.
pub(super) fn payload<T: DeserializeOwned>(app: &App, code: &OneTimeCode) -> Result<T, AppError> {
    let sealed = code.payload.as_deref().ok_or_else(|| internal("a one-time code has lost its payload"))?;
    let text = app.sealer().open(sealed, code.id, &code.purpose).map_err(internal)?;
    serde_json::from_str(text.expose_secret()).map_err(internal)
}

/// Adds the end of a code to a batch: of two that use it at once, one commit fails with `ConditionFailed`.
pub(super) fn use_up(code: &OneTimeCode, batch: &mut Batch) {
    batch.require(&ONE_TIME_CODES, Filter::eq("_id", code.id));
    batch.delete(&ONE_TIME_CODES, Filter::eq("_id", code.id));
}

/// Whether the commit failed because the code was used up meanwhile.
pub(super) fn was_used_up(error: &StoreError) -> bool {
    matches!(error, StoreError::ConditionFailed { collection } if *collection == ONE_TIME_CODES.name)
}

fn internal(error: impl std::fmt::Display) -> AppError {
    AppError::Internal(format!("a one-time code could not be sealed or opened: {error}"))
}
