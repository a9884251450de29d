//! Filters on documents in memory: the plainest form of what they mean.

use std::cmp::Ordering;

use jiff::Timestamp;
use model::schema::{Collection, Kind};
use serde_json::Value as Json;

use crate::fold;
use crate::query::{Filter, Value};

/// Whether the document is meant. The filter was checked.
pub(super) fn matches(collection: &Collection, json: &Json, filter: &Filter) -> bool {
    let some = |name: &str, holds: &dyn Fn(&Value) -> bool| values(collection, json, name).iter().any(holds);
    match filter {
        Filter::All(filters) => filters.iter().all(|filter| matches(collection, json, filter)),
        Filter::Any(filters) => filters.iter().any(|filter| matches(collection, json, filter)),
        Filter::Eq(name, Value::Null) => !is_present(json, name),
        Filter::Eq(name, value) => some(name, &|own| order(own, value) == Some(Ordering::Equal)),
        Filter::Ne(name, value) => !matches(collection, json, &Filter::In(name, vec![value.clone()])),
        Filter::Lt(name, value) => some(name, &|own| order(own, value) == Some(Ordering::Less)),
        Filter::Lte(name, value) => some(name, &|own| order(own, value).is_some_and(Ordering::is_le)),
        Filter::Gt(name, value) => some(name, &|own| order(own, value) == Some(Ordering::Greater)),
        Filter::Gte(name, value) => some(name, &|own| order(own, value).is_some_and(Ordering::is_ge)),
        Filter::In(name, wanted) => {
            let field = *name;
            wanted.iter().any(|value| match value {
                Value::Null => !is_present(json, field),
                value => some(field, &|own| order(own, value) == Some(Ordering::Equal)),
            })
        }
        Filter::Exists(name, there) => is_present(json, name) == *there,
        Filter::Contains(names, needle) => names.iter().any(|name| {
            let needle = fold::fold(needle);
            some(name, &|own| matches!(own, Value::Text(text) if fold::fold(text).contains(&needle)))
        }),
    }
}

/// The values of a scalar field or of the items of a list.
pub(super) fn values(collection: &Collection, json: &Json, name: &str) -> Vec<Value> {
    let (Some(field), Some(json)) = (collection.field(name), json.get(name)) else { return Vec::new() };
    match (field.kind, json) {
        (Kind::List(kind, _), Json::Array(items)) => {
            items.iter().filter_map(|item| value(kind, item)).collect()
        }
        (kind, json) => value(&kind, json).into_iter().collect(),
    }
}

/// The order of two values of one kind; numbers are one kind.
pub(super) fn order(own: &Value, other: &Value) -> Option<Ordering> {
    #[expect(clippy::cast_precision_loss, reason = "a model; tests use small numbers")]
    match (own, other) {
        (Value::Bool(own), Value::Bool(other)) => Some(own.cmp(other)),
        (Value::Int(own), Value::Int(other)) => Some(own.cmp(other)),
        (Value::Int(own), Value::Float(other)) => (*own as f64).partial_cmp(other),
        (Value::Float(own), Value::Int(other)) => own.partial_cmp(&(*other as f64)),
        (Value::Float(own), Value::Float(other)) => own.partial_cmp(other),
        (Value::Text(own), Value::Text(other)) => Some(own.as_bytes().cmp(other.as_bytes())),
        (Value::Id(own), Value::Id(other)) => Some(own.cmp(other)),
        (Value::Instant(own), Value::Instant(other)) => {
            Some(own.as_millisecond().cmp(&other.as_millisecond()))
        }
        _ => None,
    }
}

fn is_present(json: &Json, name: &str) -> bool {
    json.get(name).is_some_and(|value| !value.is_null())
}

fn value(kind: &Kind, json: &Json) -> Option<Value> {
    Some(match (kind, json) {
        (Kind::Id, Json::String(text)) => Value::Id(text.parse().ok()?),
        (Kind::Instant, Json::String(text)) => Value::Instant(text.parse::<Timestamp>().ok()?),
        (Kind::Text(_) | Kind::Email | Kind::Color | Kind::Zone | Kind::Enum(_), Json::String(text)) => {
            Value::Text(text.clone())
        }
        (Kind::Int(..) | Kind::Float(..), Json::Number(number)) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64()?),
        },
        (Kind::Bool, Json::Bool(value)) => Value::Bool(*value),
        _ => return None,
    })
}
