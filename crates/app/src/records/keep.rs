//! Saving a calendar, category or location: the document, its audit entry, the key of the request, in one commit.

use model::validate::FieldError;
use store::{Batch, StoreError, TypedStore};

use super::access::Owned;
use super::changes::audit;
use crate::accounts::idempotency::{self, RequestKey};
use crate::{App, AppError, Caller};

/// Inserts a new record, with what is in `batch` already. With a key that was used before, answers what that request made.
pub(super) async fn insert<R: Owned + Clone>(
    app: &App,
    caller: &Caller,
    action: &'static str,
    mut record: R,
    mut batch: Batch,
    key: Option<&RequestKey>,
) -> Result<R, AppError> {
    let repeated = async || match key {
        Some(key) => match idempotency::find(app, caller, key).await? {
            Some(id) => Ok(app.store().read::<R>(id).await?),
            None => Ok(None),
        },
        None => Ok::<_, AppError>(None),
    };
    if let Some(made_before) = repeated().await? {
        return Ok(made_before);
    }
    record.touch(app.now());
    batch.insert(&record)?;
    audit(app, caller, action, None, Some(&record), &mut batch)?;
    if let Some(key) = key {
        idempotency::remember(app, caller, key, record.id(), &mut batch)?;
    }
    match app.store().commit(batch).await.map_err(AppError::from) {
        Ok(()) => Ok(record),
        Err(error) if idempotency::is_lost_race(&error) => {
            repeated().await?.ok_or(AppError::Stale { what: R::WHAT })
        }
        Err(error) => Err(name_taken::<R>(error)),
    }
}

/// Replaces a record by its changed version, with what is in `batch` already. Nothing is written when they are the same.
pub(super) async fn replace<R: Owned + PartialEq>(
    app: &App,
    caller: &Caller,
    action: &'static str,
    before: R,
    mut after: R,
    mut batch: Batch,
) -> Result<R, AppError> {
    if after == before {
        return Ok(before);
    }
    after.touch(app.now());
    batch.replace(&after, before.revision())?;
    audit(app, caller, action, Some(&before), Some(&after), &mut batch)?;
    app.store().commit(batch).await.map_err(|error| name_taken::<R>(error.into()))?;
    Ok(after)
}

/// A name that is taken is the caller's to change, field by field.
pub(super) fn name_taken<R: Owned>(error: AppError) -> AppError {
    match error {
        AppError::Store(StoreError::Duplicate { collection, fields })
            if collection == R::COLLECTION.name && fields.contains(&"name") =>
        {
            let message = format!("There is a {} of this name already.", R::WHAT);
            AppError::Invalid { code: "name_taken", errors: vec![FieldError::new("name", message)] }
        }
        error => error,
    }
}
