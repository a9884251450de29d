//! Orders and cursors: `_id` last, so that the order is total, and the page after a cursor as conditions that indexes
//! serve.

use model::schema::{Collection, Kind};
use mongodb::bson::RawDocument;
use mongodb::bson::raw::RawBsonRef;
use mongodb::bson::{Bson, Document, doc};
use store::{Cursor, Order, StoreError, Value, valid};

use crate::conditions::all;
use crate::filter::{id, value};

/// What to sort by. A field named again decides nothing more.
pub(crate) fn sort(keys: &[(&'static str, Order)]) -> Document {
    let mut sort = Document::new();
    for (name, order) in keys.iter().chain(&[("_id", Order::Ascending)]) {
        if !sort.contains_key(name) {
            sort.insert(*name, if *order == Order::Ascending { 1 } else { -1 });
        }
    }
    sort
}

/// The condition that a document comes after the cursor in this order.
pub(crate) fn after(
    collection: &'static Collection,
    keys: &[(&'static str, Order)],
    cursor: &Cursor,
) -> Result<Document, StoreError> {
    let mut ways: Vec<Document> = Vec::new();
    let mut same: Vec<Document> = Vec::new();
    for ((name, order), at) in keys.iter().zip(&cursor.values) {
        let is_required = valid::field(collection, name)?.required;
        let mut later = Vec::new();
        match (order, at) {
            (Order::Ascending, Value::Null) => later.push(doc! { *name: { "$ne": Bson::Null } }),
            (Order::Ascending, at) => later.push(doc! { *name: { "$gt": value(at) } }),
            (Order::Descending, Value::Null) => {}
            (Order::Descending, at) => {
                later.push(doc! { *name: { "$lt": value(at) } });
                if !is_required {
                    later.push(doc! { *name: Bson::Null });
                }
            }
        }
        for later in later {
            ways.push(all(same.iter().cloned().chain([later]).collect()));
        }
        same.push(doc! { *name: value(at) });
    }
    same.push(doc! { "_id": { "$gt": id(cursor.id) } });
    ways.push(all(same));
    Ok(match ways.len() {
        1 => ways.pop().unwrap_or_default(),
        _ => doc! { "$or": ways },
    })
}

/// The port's value of a sorted field of a document.
pub(crate) fn sort_value(
    collection: &'static Collection,
    name: &str,
    document: &RawDocument,
) -> Result<Value, StoreError> {
    let kind = &valid::field(collection, name)?.kind;
    let malformed = || StoreError::Malformed {
        collection: collection.name,
        reason: format!("{name} is not as declared"),
    };
    let found = document.get(name).map_err(|_| malformed())?;
    Ok(match (found, kind) {
        (None | Some(RawBsonRef::Null), _) => Value::Null,
        (Some(RawBsonRef::Boolean(value)), _) => Value::Bool(value),
        (Some(RawBsonRef::Int32(number)), _) => Value::Int(i64::from(number)),
        (Some(RawBsonRef::Int64(number)), _) => Value::Int(number),
        (Some(RawBsonRef::Double(number)), Kind::Float(..) | Kind::Int(..)) => Value::Float(number),
        (Some(RawBsonRef::String(text)), _) => Value::Text(text.to_owned()),
        (Some(RawBsonRef::ObjectId(id)), _) => Value::Id(model::Id::from_bytes(id.bytes())),
        (Some(RawBsonRef::DateTime(date)), _) => Value::Instant(
            jiff::Timestamp::from_millisecond(date.timestamp_millis()).map_err(|_| malformed())?,
        ),
        _ => return Err(malformed()),
    })
}
