//! Changing some fields of a stored document, for engines that keep documents as text. What is not changed stays
//! byte for byte, in the order of the declaration (a place keeps its longitude first).

use std::collections::BTreeMap;

use model::schema::{Collection, Kind};
use serde_json::value::RawValue;

use crate::port::StoreError;
use crate::query::Value;
use crate::valid;
use crate::write::Document;

/// Refuses changes that the port does not promise: of unknown fields, of the id or the revision, values of another
/// kind, taking a required field away, adding to what is not a whole number.
pub fn check(
    collection: &'static Collection,
    set: &[(&'static str, Value)],
    add: &[(&'static str, i64)],
) -> Result<(), StoreError> {
    let refuse = |field: &str, what: &str| StoreError::Unsupported {
        reason: format!("{}.{field} {what}", collection.name),
    };
    for name in set.iter().map(|(name, _)| name).chain(add.iter().map(|(name, _)| name)) {
        if matches!(*name, "_id" | "revision") {
            return Err(refuse(name, "is not set by an update"));
        }
    }
    for (name, value) in set {
        let field = valid::field(collection, name)?;
        let storable = match value {
            Value::Null => !field.required,
            Value::Float(number) => number.is_finite() && matches!(field.kind, Kind::Float(..)),
            value => valid::fits(&field.kind, value),
        };
        if !storable {
            return Err(refuse(name, "cannot have this value"));
        }
    }
    for (name, _) in add {
        if !matches!(valid::field(collection, name)?.kind, Kind::Int(..)) {
            return Err(refuse(name, "is not a whole number"));
        }
    }
    Ok(())
}

/// The document with the changes and the next revision. The changes were checked.
pub fn apply(
    collection: &'static Collection,
    document: &Document,
    set: &[(&'static str, Value)],
    add: &[(&'static str, i64)],
) -> Result<Document, StoreError> {
    let malformed = |reason: String| StoreError::Malformed {
        collection: collection.name,
        reason: format!("document {}: {reason}", document.id),
    };
    let mut fields: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(&document.json).map_err(|error| malformed(error.to_string()))?;
    for (name, value) in set {
        match raw(value).map_err(|error| malformed(error.to_string()))? {
            Some(text) => fields.insert((*name).to_owned(), text),
            None => fields.remove(*name),
        };
    }
    for (name, amount) in add {
        let present: i64 = match fields.get(*name) {
            Some(text) => serde_json::from_str(text.get()).map_err(|error| malformed(error.to_string()))?,
            None => 0,
        };
        let (low, high) = match valid::field(collection, name)?.kind {
            Kind::Int(low, high) => (low, high),
            _ => (i64::MIN, i64::MAX),
        };
        let sum = present.saturating_add(*amount).clamp(low, high);
        fields.insert((*name).to_owned(), number(sum).map_err(|error| malformed(error.to_string()))?);
    }
    let revision = document.revision.saturating_add(1);
    fields.insert("revision".to_owned(), number(revision).map_err(|error| malformed(error.to_string()))?);
    let json = write(collection, &fields).map_err(|error| malformed(error.to_string()))?;
    Ok(Document { id: document.id, revision, json: json.into() })
}

fn number(value: i64) -> Result<Box<RawValue>, serde_json::Error> {
    serde_json::value::to_raw_value(&value)
}

/// The JSON of a value as documents have it; `None` for `Null`, which is never stored.
fn raw(value: &Value) -> Result<Option<Box<RawValue>>, serde_json::Error> {
    use serde_json::value::to_raw_value;
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::Bool(value) => to_raw_value(value)?,
        Value::Int(value) => to_raw_value(value)?,
        Value::Float(value) => to_raw_value(value)?,
        Value::Text(value) => to_raw_value(value)?,
        Value::Id(value) => to_raw_value(value)?,
        Value::Instant(value) => to_raw_value(&model::ambient::to_millisecond(*value))?,
    }))
}

/// Fields in the order of the declaration; undeclared ones, which only a newer program can have written, after them.
fn write(
    collection: &'static Collection,
    fields: &BTreeMap<String, Box<RawValue>>,
) -> Result<String, serde_json::Error> {
    let declared =
        collection.fields.iter().filter_map(|field| fields.get(field.name).map(|value| (field.name, value)));
    let others = fields
        .iter()
        .filter(|(name, _)| collection.field(name).is_none())
        .map(|(name, value)| (name.as_str(), value));
    let mut json = String::from("{");
    for (name, value) in declared.chain(others) {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&serde_json::to_string(name)?);
        json.push(':');
        json.push_str(value.get());
    }
    json.push('}');
    Ok(json)
}
