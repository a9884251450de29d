//! The columns of a document, read from its JSON in one pass.

use std::fmt;

use jiff::Timestamp;
use model::Id;
use rusqlite::types::Value as SqlValue;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;
use store::{Document, StoreError};

use crate::layout::{Storage, Table};

/// What a document is beside its text.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// One value for each column of the table.
    pub(crate) columns: Vec<SqlValue>,
    /// Longitude and latitude of the field with a sphere index.
    pub(crate) place: Option<(f64, f64)>,
}

/// Whether a document is as declared, or kept as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As declared: a column that cannot be filled is refused.
    Declared,
    /// Of another form: such a column is empty, or has the least value of its kind where it must have one.
    Raw,
}

/// Reads the columns, and checks that the JSON is the document that its envelope says.
pub(crate) fn of(table: &Table, document: &Document, form: Form) -> Result<Row, StoreError> {
    let malformed = |reason: String| StoreError::Malformed {
        collection: table.collection.name,
        reason: format!("document {}: {reason}", document.id),
    };
    match form {
        Form::Declared => store::valid::document(table.collection, document)?,
        Form::Raw => store::valid::raw(table.collection, document)?,
    }
    let mut reader = serde_json::Deserializer::from_str(&document.json);
    let found = FieldsOf(table)
        .deserialize(&mut reader)
        .and_then(|found| reader.end().map(|()| found))
        .map_err(|error| malformed(error.to_string()))?;
    if found.id.as_deref() != Some(document.id.to_string().as_str()) {
        return Err(malformed("its text has another _id".to_owned()));
    }
    let revision = found.revision.or((form == Form::Raw).then_some(0));
    if revision != Some(document.revision) {
        return Err(malformed("its text has another revision".to_owned()));
    }
    let mut columns = Vec::with_capacity(table.columns.len());
    for (column, value) in table.columns.iter().zip(found.columns) {
        let is_missing = value == Json::Null;
        let kept = if is_missing { None } else { kept(column.storage, value) };
        columns.push(match (kept, form) {
            (Some(kept), _) => kept,
            (None, Form::Raw) if column.required => least(column.storage),
            (None, Form::Raw) => SqlValue::Null,
            (None, Form::Declared) if !is_missing => {
                return Err(malformed(format!("{} is not as declared", column.field)));
            }
            (None, Form::Declared) if column.required => {
                return Err(malformed(format!("{} is missing", column.field)));
            }
            (None, Form::Declared) => SqlValue::Null,
        });
    }
    let place = match found.place {
        None | Some(Json::Null) => None,
        Some(value) if form == Form::Raw => place(&value),
        Some(value) => Some(place(&value).ok_or_else(|| {
            malformed(format!("{} is no place on the globe", table.sphere.unwrap_or_default()))
        })?),
    };
    Ok(Row { columns, place })
}

/// A longitude and a latitude within bounds.
pub(crate) fn place(value: &Json) -> Option<(f64, f64)> {
    let longitude = value.get("longitude")?.as_f64()?;
    let latitude = value.get("latitude")?.as_f64()?;
    store::globe::is_place(longitude, latitude).then_some((longitude, latitude))
}

fn kept(storage: Storage, value: Json) -> Option<SqlValue> {
    Some(match (storage, value) {
        (Storage::Id, Json::String(text)) => SqlValue::Blob(text.parse::<Id>().ok()?.bytes().to_vec()),
        (Storage::Instant, Json::String(text)) => {
            SqlValue::Integer(text.parse::<Timestamp>().ok()?.as_millisecond())
        }
        (Storage::Text, Json::String(text)) => SqlValue::Text(text),
        (Storage::Int, Json::Number(number)) => SqlValue::Integer(number.as_i64()?),
        (Storage::Float, Json::Number(number)) => SqlValue::Real(number.as_f64()?),
        (Storage::Bool, Json::Bool(value)) => SqlValue::Integer(value.into()),
        _ => return None,
    })
}

/// Stands in a column that must have a value for one that is not there.
fn least(storage: Storage) -> SqlValue {
    match storage {
        Storage::Id => SqlValue::Blob(vec![0; 12]),
        Storage::Text => SqlValue::Text(String::new()),
        Storage::Float => SqlValue::Real(0.0),
        Storage::Int | Storage::Bool | Storage::Instant => SqlValue::Integer(0),
    }
}

/// What was met while reading.
struct Found {
    id: Option<String>,
    revision: Option<i64>,
    columns: Vec<Json>,
    place: Option<Json>,
}

struct FieldsOf<'a>(&'a Table);

impl<'de> DeserializeSeed<'de> for FieldsOf<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsOf<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let table = self.0;
        let mut found =
            Found { id: None, revision: None, columns: vec![Json::Null; table.columns.len()], place: None };
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let column = table.columns.iter().position(|column| column.field == key);
            if let Some(slot) = column.and_then(|position| found.columns.get_mut(position)) {
                *slot = map.next_value()?;
            } else if key == "_id" {
                found.id = Some(map.next_value()?);
            } else if key == "revision" {
                found.revision = Some(map.next_value()?);
            } else if table.sphere == Some(key.as_ref()) {
                found.place = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
