//! Reading what somebody sends for a calendar, category or location, and applying it.

use model::documents::Record;
use model::validate::{document, input};
use serde_json::{Map, Value};

use super::changes::{object_of, record_of};
use super::merge_patch;
use crate::AppError;

/// The record with a JSON merge patch applied: every field of the patch is checked, then the whole.
pub(super) fn patched<R: Record>(
    before: &R,
    change: &Map<String, Value>,
    writable: &[&str],
) -> Result<R, AppError> {
    applied(object_of(Some(before))?, change, writable)
}

/// A new record: a blank one with a draft applied. The blank may lack what the draft must say.
pub(super) fn drafted<R: Record>(
    blank: &R,
    lacking: &[&str],
    draft: &Map<String, Value>,
    writable: &[&str],
) -> Result<R, AppError> {
    let mut object = object_of(Some(blank))?;
    for name in lacking {
        object.remove(*name);
    }
    let given: Map<String, Value> = draft
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    applied(object, &given, writable)
}

fn applied<R: Record>(
    mut object: Map<String, Value>,
    change: &Map<String, Value>,
    writable: &[&str],
) -> Result<R, AppError> {
    AppError::check(input(R::COLLECTION, &Value::Object(change.clone()), writable))?;
    merge_patch::apply(&mut object, change);
    // A document that was checked has a revision; a new one gets its first when it is saved.
    let revision = object.get("revision").and_then(Value::as_i64).unwrap_or_default();
    object.insert("revision".to_owned(), revision.max(1).into());
    AppError::check(document(R::COLLECTION, &Value::Object(object.clone())))?;
    object.insert("revision".to_owned(), revision.into());
    record_of(object)
}
