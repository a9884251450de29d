//! Idempotency keys: a POST that is sent again answers with what the first one made, and makes nothing.
//!
//! The record of the key is part of the commit that makes the document, so that either both are there or neither.

use model::Id;
use model::collections::IDEMPOTENCY_KEYS;
use model::documents::{IdempotencyKey, Record, UNSET};
use store::{Batch, Filter, TypedStore};

use super::digest;
use super::sessions::after;
use crate::{App, AppError, Caller};

const KEPT_S: i64 = 86_400;
const MAX_KEY_CHARS: usize = 255;

/// A key as a client sent it, with the digest of the request it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    key: String,
    request_digest: String,
}

impl RequestKey {
    /// A key with its request. `invalid_fields` when the key is empty, too long or not printable ASCII.
    pub fn new(key: &str, method: &str, path: &str, body: &[u8]) -> Result<Self, AppError> {
        if key.is_empty() || key.len() > MAX_KEY_CHARS || !key.chars().all(|c| c.is_ascii_graphic()) {
            return Err(AppError::field(
                "Idempotency-Key",
                format!("has 1 to {MAX_KEY_CHARS} printable ASCII characters without blanks"),
            ));
        }
        let request_digest = digest::of_parts(&[method.as_bytes(), path.as_bytes(), body]);
        Ok(Self { key: key.to_owned(), request_digest })
    }
}

/// The id of what this key made before; `None` when it is new. `idempotency_key_reused` when it came with another
/// request. Forgotten keys count as new.
pub async fn find(app: &App, caller: &Caller, key: &RequestKey) -> Result<Option<Id>, AppError> {
    let Some(record) = read(app, caller, key).await? else { return Ok(None) };
    if record.expires_at <= app.now() {
        return Ok(None);
    }
    if record.request_digest != key.request_digest {
        let error = model::validate::FieldError::new(
            "Idempotency-Key",
            "was used for another request before; take a new key for a new request",
        );
        return Err(AppError::Invalid { code: "idempotency_key_reused", errors: vec![error] });
    }
    Ok(Some(record.document_id))
}

/// Adds the record of the key to the batch that makes the document. When two such requests run at once, the second
/// commit fails as a duplicate in `idempotency_keys`: call [`find`] again then.
pub fn remember(
    app: &App,
    caller: &Caller,
    key: &RequestKey,
    document_id: Id,
    batch: &mut Batch,
) -> Result<(), AppError> {
    let now = app.now();
    // A key that was forgotten makes room for its next use.
    batch.delete(&IDEMPOTENCY_KEYS, of(caller, key).and(Filter::Lte("expires_at", now.into())));
    let mut record = IdempotencyKey {
        id: app.new_id(),
        user_id: caller.user_id,
        key: key.key.clone(),
        request_digest: key.request_digest.clone(),
        document_id,
        expires_at: after(now, KEPT_S),
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    };
    record.touch(now);
    Ok(batch.insert(&record)?)
}

/// Whether this error says that the same key was committed meanwhile.
pub fn is_lost_race(error: &AppError) -> bool {
    matches!(
        error,
        AppError::Store(store::StoreError::Duplicate { collection, .. }) if *collection == IDEMPOTENCY_KEYS.name
    )
}

async fn read(app: &App, caller: &Caller, key: &RequestKey) -> Result<Option<IdempotencyKey>, AppError> {
    Ok(app.store().first(of(caller, key)).await?)
}

fn of(caller: &Caller, key: &RequestKey) -> Filter {
    Filter::eq("user_id", caller.user_id).and(Filter::eq("key", key.key.as_str()))
}
