//! Filters as SQL. Only names of the declaration become text; every value is bound.

use model::schema::{Field, Kind};
use rusqlite::types::Value as SqlValue;
use store::{Filter, StoreError, Value, valid};

use crate::layout::{Storage, Table, quote, storage};

/// A piece of SQL and the values of its question marks, in their order.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<SqlValue>,
}

impl Sql {
    fn constant(truth: bool) -> Self {
        Self::bare(if truth { "1" } else { "0" })
    }

    pub(crate) fn bare(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    pub(crate) fn with(text: impl Into<String>, value: SqlValue) -> Self {
        Self { text: text.into(), values: vec![value] }
    }

    /// The parts joined by AND or OR, as a balanced tree: SQLite bounds the depth of expressions.
    fn joined(mut parts: Vec<Sql>, word: &str, empty: bool) -> Self {
        match parts.len() {
            0 => Self::constant(empty),
            1 => parts.pop().unwrap_or_default(),
            count if count <= 16 => {
                let texts: Vec<_> = parts.iter().map(|part| part.text.as_str()).collect();
                let text = format!("({})", texts.join(word));
                Self { text, values: parts.into_iter().flat_map(|part| part.values).collect() }
            }
            count => {
                let second = parts.split_off(count / 2);
                let halves = vec![Self::joined(parts, word, empty), Self::joined(second, word, empty)];
                Self::joined(halves, word, empty)
            }
        }
    }

    pub(crate) fn all(parts: Vec<Sql>) -> Self {
        Self::joined(parts, " AND ", true)
    }

    pub(crate) fn any(parts: Vec<Sql>) -> Self {
        Self::joined(parts, " OR ", false)
    }
}

/// The filter as a condition. It was checked by [`valid::filter`].
pub(crate) fn filter(table: &Table, filter_: &Filter) -> Result<Sql, StoreError> {
    let parts =
        |filters: &[Filter]| filters.iter().map(|part| filter(table, part)).collect::<Result<Vec<_>, _>>();
    Ok(match filter_ {
        Filter::All(filters) => Sql::all(parts(filters)?),
        Filter::Any(filters) => Sql::any(parts(filters)?),
        Filter::Eq(name, value) => one_of(table, name, std::slice::from_ref(value))?,
        Filter::In(name, values) => one_of(table, name, values)?,
        Filter::Ne(name, value) => {
            let same = one_of(table, name, std::slice::from_ref(value))?;
            Sql { text: format!("({}) IS NOT 1", same.text), values: same.values }
        }
        Filter::Lt(name, value) => compared(table, name, "<", value)?,
        Filter::Lte(name, value) => compared(table, name, "<=", value)?,
        Filter::Gt(name, value) => compared(table, name, ">", value)?,
        Filter::Gte(name, value) => compared(table, name, ">=", value)?,
        Filter::Exists(name, there) => {
            let field = valid::field(table.collection, name)?;
            Sql::bare(if *there { present(table, field) } else { missing(table, field) })
        }
        Filter::Contains(names, needle) => {
            let needle = SqlValue::Text(store::fold::fold(needle));
            let mut parts = Vec::new();
            for name in *names {
                let field = valid::field(table.collection, name)?;
                parts.push(match item_kind(field) {
                    Some(_) => Sql::with(any_item(table, field, "has_text(?, j.value)"), needle.clone()),
                    None => Sql::with(format!("has_text(?, {})", operand(table, field)), needle.clone()),
                });
            }
            Sql::any(parts)
        }
    })
}

/// The expression of a scalar field: its column, or what its JSON has, in the same form as a column would.
pub(crate) fn operand(table: &Table, field: &Field) -> String {
    if matches!(field.name, "_id" | "revision") || table.column(field.name).is_some() {
        return quote(field.name);
    }
    scalar(&field.kind, &format!("json_extract(\"doc\", {})", path(field)))
}

fn scalar(kind: &Kind, json: &str) -> String {
    match storage(kind) {
        Some(Storage::Id) => format!("unhex({json})"),
        Some(Storage::Instant) => format!("instant_ms({json})"),
        _ => json.to_owned(),
    }
}

/// The path of a field as an SQL text. Names of fields are of lower-case letters.
fn path(field: &Field) -> String {
    format!("'$.\"{}\"'", field.name)
}

fn item_kind(field: &Field) -> Option<&'static Kind> {
    match field.kind {
        Kind::List(item, _) => Some(item),
        _ => None,
    }
}

/// An expression of `j.value` holds for an item of a list.
fn any_item(table: &Table, field: &Field, condition: &str) -> String {
    let doc = format!("{}.\"doc\"", quote(table.collection.name));
    format!("EXISTS (SELECT 1 FROM json_each({doc}, {}) AS j WHERE {condition})", path(field))
}

fn present(table: &Table, field: &Field) -> String {
    format!("{} IS NOT NULL", presence(table, field))
}

fn missing(table: &Table, field: &Field) -> String {
    format!("{} IS NULL", presence(table, field))
}

fn presence(table: &Table, field: &Field) -> String {
    if storage(&field.kind).is_some() {
        return operand(table, field);
    }
    format!("nullif(json_type(\"doc\", {}), 'null')", path(field))
}

/// The field, or an item of it, has one of these values; missing, if `Null` is among them.
fn one_of(table: &Table, name: &str, values: &[Value]) -> Result<Sql, StoreError> {
    let field = valid::field(table.collection, name)?;
    let mut ways = Vec::new();
    if values.contains(&Value::Null) {
        ways.push(Sql::bare(missing(table, field)));
    }
    let fitting: Vec<SqlValue> = values.iter().filter_map(|value| sql_value(field, value)).collect();
    let equal = match item_kind(field) {
        None => among(&operand(table, field), &field.kind, fitting),
        Some(kind) => among(&scalar(kind, "j.value"), kind, fitting)
            .map(|inner| Sql { text: any_item(table, field, &inner.text), values: inner.values }),
    };
    ways.extend(equal);
    Ok(Sql::any(ways))
}

/// More values than these are given as one JSON list.
const MOST_MARKS: usize = 128;

/// The expression is one of these. Their number is rounded up, so that few statements serve all.
fn among(expression: &str, kind: &Kind, mut values: Vec<SqlValue>) -> Option<Sql> {
    match values.len() {
        0 => None,
        1 => values.pop().map(|value| Sql::with(format!("{expression} = ?"), value)),
        count if count <= MOST_MARKS => {
            let last = values.last()?.clone();
            values.resize(count.next_power_of_two(), last);
            let text = format!("{expression} IN ({})", vec!["?"; values.len()].join(", "));
            Some(Sql { text, values })
        }
        _ => {
            let list: Vec<serde_json::Value> = values.iter().map(as_json).collect();
            let item = if matches!(kind, Kind::Id) { "unhex(value)" } else { "value" };
            let list = SqlValue::Text(serde_json::Value::from(list).to_string());
            Some(Sql::with(format!("{expression} IN (SELECT {item} FROM json_each(?))"), list))
        }
    }
}

fn as_json(value: &SqlValue) -> serde_json::Value {
    match value {
        SqlValue::Null => serde_json::Value::Null,
        SqlValue::Integer(number) => (*number).into(),
        SqlValue::Real(number) => (*number).into(),
        SqlValue::Text(text) => text.as_str().into(),
        SqlValue::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.into()
        }
    }
}

fn compared(table: &Table, name: &str, operator: &str, value: &Value) -> Result<Sql, StoreError> {
    let field = valid::field(table.collection, name)?;
    let Some(value) = sql_value(field, value) else { return Ok(Sql::constant(false)) };
    Ok(match item_kind(field) {
        None => Sql::with(format!("{} {operator} ?", operand(table, field)), value),
        Some(kind) => {
            let condition = format!("{} {operator} ?", scalar(kind, "j.value"));
            Sql::with(any_item(table, field, &condition), value)
        }
    })
}

/// The value as the field keeps it; `None` when no value of the field can be equal to it.
pub(crate) fn sql_value(field: &Field, value: &Value) -> Option<SqlValue> {
    let kind = item_kind(field).unwrap_or(&field.kind);
    valid::fits(kind, value).then(|| match value {
        Value::Null => SqlValue::Null,
        Value::Bool(value) => SqlValue::Integer((*value).into()),
        Value::Int(value) => SqlValue::Integer(*value),
        Value::Float(value) => SqlValue::Real(*value),
        Value::Text(value) => SqlValue::Text(value.clone()),
        Value::Id(value) => SqlValue::Blob(value.bytes().to_vec()),
        Value::Instant(value) => SqlValue::Integer(value.as_millisecond()),
    })
}
