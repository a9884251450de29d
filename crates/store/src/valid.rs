//! What the port promises, checked alike by every engine before it translates: fields are declared, comparisons are
//! of scalars, places are on the globe.

use model::schema::{Collection, Field, Kind};

use crate::port::StoreError;
use crate::query::{Filter, Query, Value};
use crate::write::Document;

/// Whether a stored field of this kind can be equal to this value: comparisons stay within a kind.
pub fn fits(kind: &Kind, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) => matches!(kind, Kind::Bool),
        Value::Int(_) => matches!(kind, Kind::Int(..) | Kind::Float(..)),
        Value::Float(number) => matches!(kind, Kind::Int(..) | Kind::Float(..)) && !number.is_nan(),
        Value::Text(_) => {
            matches!(kind, Kind::Text(_) | Kind::Email | Kind::Color | Kind::Zone | Kind::Enum(_))
        }
        Value::Id(_) => matches!(kind, Kind::Id),
        Value::Instant(_) => matches!(kind, Kind::Instant),
    }
}

/// Whether values of this kind are text.
pub fn is_text(kind: &Kind) -> bool {
    fits(kind, &Value::Text(String::new()))
}

/// Whether this kind has one value that can be compared.
pub fn is_scalar(kind: &Kind) -> bool {
    !matches!(kind, Kind::List(..) | Kind::Object(_) | Kind::Json)
}

/// The declared field of this name.
pub fn field(collection: &'static Collection, name: &str) -> Result<&'static Field, StoreError> {
    collection.field(name).ok_or_else(|| StoreError::Unsupported {
        reason: format!("{} has no field {name:?}", collection.name),
    })
}

/// Refuses a filter that the port does not promise.
pub fn filter(collection: &'static Collection, filter_: &Filter) -> Result<(), StoreError> {
    match filter_ {
        Filter::All(filters) | Filter::Any(filters) => {
            filters.iter().try_for_each(|part| filter(collection, part))
        }
        Filter::Eq(name, value) | Filter::Ne(name, value) => {
            comparable(collection, name, *value == Value::Null)
        }
        Filter::Lt(name, _) | Filter::Lte(name, _) | Filter::Gt(name, _) | Filter::Gte(name, _) => {
            comparable(collection, name, false)
        }
        Filter::In(name, values) => {
            comparable(collection, name, values.iter().all(|value| *value == Value::Null))
        }
        Filter::Exists(name, _) => field(collection, name).map(|_| ()),
        Filter::Contains(names, _) => names.iter().try_for_each(|name| {
            let kind = &field(collection, name)?.kind;
            let text = match kind {
                Kind::List(item, _) => is_text(item),
                kind => is_text(kind),
            };
            if text { Ok(()) } else { Err(unsupported(collection, name, "is not text")) }
        }),
    }
}

fn comparable(
    collection: &'static Collection,
    name: &'static str,
    only_presence: bool,
) -> Result<(), StoreError> {
    let kind = &field(collection, name)?.kind;
    let scalar = match kind {
        Kind::List(item, _) => is_scalar(item),
        kind => is_scalar(kind),
    };
    if scalar || only_presence {
        Ok(())
    } else {
        Err(unsupported(collection, name, "holds documents, which are not compared"))
    }
}

/// Refuses a listing that the port does not promise: sorting by lists or documents, a cursor of another listing.
pub fn query(query: &Query) -> Result<(), StoreError> {
    filter(query.collection, &query.filter)?;
    for (name, _) in &query.sort {
        if !is_scalar(&field(query.collection, name)?.kind) {
            return Err(unsupported(query.collection, name, "cannot be sorted by"));
        }
    }
    let Some(cursor) = &query.after else { return Ok(()) };
    let fitting = cursor.values.len() == query.sort.len()
        && query.sort.iter().zip(&cursor.values).all(|((name, _), value)| {
            *value == Value::Null
                || query.collection.field(name).is_some_and(|field| fits(&field.kind, value))
        });
    if fitting {
        Ok(())
    } else {
        Err(StoreError::Unsupported { reason: "the cursor belongs to another listing".to_owned() })
    }
}

/// Refuses a document without a revision, which nobody touched.
pub fn document(collection: &'static Collection, document: &Document) -> Result<(), StoreError> {
    if document.revision < 1 {
        return Err(StoreError::Malformed {
            collection: collection.name,
            reason: format!("document {} was not touched before it was written", document.id),
        });
    }
    Ok(())
}

/// Refuses a raw document whose envelope cannot be true. What its text says of its id and revision is the engine's to
/// compare.
pub fn raw(collection: &'static Collection, document: &Document) -> Result<(), StoreError> {
    if document.revision < 0 {
        return Err(StoreError::Malformed {
            collection: collection.name,
            reason: format!("document {} has a revision below zero", document.id),
        });
    }
    Ok(())
}

/// Refuses a replacement whose revision does not rise.
pub fn replacement(
    collection: &'static Collection,
    document: &Document,
    expected_revision: i64,
) -> Result<(), StoreError> {
    if document.revision <= expected_revision {
        return Err(StoreError::Malformed {
            collection: collection.name,
            reason: format!(
                "document {} was not touched since it was read at revision {expected_revision}",
                document.id
            ),
        });
    }
    Ok(())
}

fn unsupported(collection: &'static Collection, field: &str, what: &str) -> StoreError {
    StoreError::Unsupported { reason: format!("{}.{field} {what}", collection.name) }
}
