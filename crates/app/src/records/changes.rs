//! What the commits of records have in common: the audit entry with its fields before and after, and trying again
//! when somebody else was faster.

use model::documents::Record;
use model::schema::{Exposure, Field};
use serde_json::{Map, Value, json};
use store::{Batch, StoreError};

use super::access::Owned;
use crate::accounts::audit::Entry;
use crate::{App, AppError, Caller};

/// How often a change is tried when others keep changing the same documents.
pub(crate) const ATTEMPTS: u32 = 8;

/// Adds the audit entry of a change to the batch that makes it. Nothing is added when no field changed.
pub(super) fn audit<R: Owned>(
    app: &App,
    caller: &Caller,
    action: &'static str,
    before: Option<&R>,
    after: Option<&R>,
    batch: &mut Batch,
) -> Result<(), AppError> {
    let Some(record) = after.or(before) else { return Ok(()) };
    let changes = field_changes(before, after)?;
    if changes.is_empty() {
        return Ok(());
    }
    let mut entry =
        Entry::new(action, R::COLLECTION, record.id()).caller(caller).changes(Value::Object(changes));
    if let Some(owner) = record.owner() {
        entry = entry.about(owner);
    }
    Ok(entry.add(app, batch)?)
}

/// What every change moves, and what sync and archive note for themselves.
const NOT_TOLD: &[&str] = &[
    "_id",
    "created_at",
    "updated_at",
    "revision",
    "last_modified_by",
    "last_synced",
    "outlook_etag",
    "sync_status",
    "sync_errors",
    "unarchived_at",
];

/// Whether the audit log tells of this field: not of secrets, of what is moved by every change, or what can be computed.
pub fn is_told(field: &Field) -> bool {
    !matches!(field.exposure, Exposure::Secret | Exposure::Derived) && !NOT_TOLD.contains(&field.name)
}

/// Field by field before and after, of the fields that are told.
pub(crate) fn field_changes<R: Record>(
    before: Option<&R>,
    after: Option<&R>,
) -> Result<Map<String, Value>, AppError> {
    let (before, after) = (object_of(before)?, object_of(after)?);
    let told = R::COLLECTION.fields.iter().filter(|field| is_told(field));
    let changed = told.filter_map(|field| {
        let (old, new) = (before.get(field.name), after.get(field.name));
        let sides = [("before", old), ("after", new)].into_iter();
        let sides: Map<String, Value> =
            sides.filter_map(|(side, value)| Some((side.to_owned(), value?.clone()))).collect();
        (old != new).then(|| (field.name.to_owned(), Value::Object(sides)))
    });
    Ok(changed.collect())
}

/// The JSON object of a record; empty for none.
pub(super) fn object_of<R: Record>(record: Option<&R>) -> Result<Map<String, Value>, AppError> {
    match record.map_or(Ok(json!({})), serde_json::to_value) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(AppError::Internal(format!("a record of {} is no object", R::COLLECTION.name))),
        Err(error) => {
            Err(AppError::Internal(format!("a record of {} is not writable: {error}", R::COLLECTION.name)))
        }
    }
}

/// The typed record of an object that was checked against its declaration.
pub(super) fn record_of<R: Record>(object: Map<String, Value>) -> Result<R, AppError> {
    serde_json::from_value(Value::Object(object)).map_err(|error| AppError::field("", error.to_string()))
}

/// Whether a commit failed only because others wrote at the same time, so that reading again may help.
pub(crate) fn is_race(error: &AppError) -> bool {
    matches!(
        error,
        AppError::Store(
            StoreError::RevisionMismatch { .. }
                | StoreError::ConditionFailed { .. }
                | StoreError::Duplicate {
                    collection: "categories" | "locations" | "events" | "events_archive",
                    ..
                }
        )
    )
}

/// Attempts a change until it comes through, or fails for another reason than that others wrote at the same time. Each
/// attempt reads anew.
///
/// # Errors
/// That of the attempt; `conflict` when others were faster in every one.
pub(super) async fn until_no_race<T, F>(
    what: &'static str,
    mut attempt: impl FnMut() -> F,
) -> Result<T, AppError>
where
    F: Future<Output = Result<T, AppError>>,
{
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Err(error) if is_race(&error) => {}
            outcome => return outcome,
        }
    }
    Err(gave_up(what))
}

/// The answer when others were faster in every attempt.
pub(super) fn gave_up(what: &'static str) -> AppError {
    let detail = format!("others keep changing the {what} at this moment; try again");
    AppError::Conflict { code: "conflict", detail }
}
