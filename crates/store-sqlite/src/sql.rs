//! Filters as SQL. Only names of the declaration become text; every value is bound.

use std::borrow::Cow;

use model::schema::{Field, Kind};
use rusqlite::types::Value as SqlValue;
use store::{Filter, StoreError, Value, valid};

use crate::layout::{Storage, Table, quote, storage};

/// SQL that is being written, and the values of its question marks, in their order. Written from left to right into one
/// text: a listing is translated anew each time it is asked, and pieces that are joined later would cost more than the
/// reading.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) values: Vec<SqlValue>,
}

impl Sql {
    /// Text alone.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The value of a question mark in the text just written.
    pub(crate) fn bind(&mut self, value: SqlValue) {
        self.values.push(value);
    }

    /// Every one of these holds.
    pub(crate) fn all<T>(
        &mut self,
        parts: &[T],
        each: &mut impl FnMut(&mut Self, &T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.joined(parts, " AND ", "1", each)
    }

    /// At least one of these holds.
    pub(crate) fn any<T>(
        &mut self,
        parts: &[T],
        each: &mut impl FnMut(&mut Self, &T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.joined(parts, " OR ", "0", each)
    }

    /// The parts with a word between them, as a balanced tree: SQLite bounds the depth of expressions.
    fn joined<T>(
        &mut self,
        parts: &[T],
        word: &str,
        empty: &str,
        each: &mut impl FnMut(&mut Self, &T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match parts {
            [] => self.push(empty),
            [only] => each(self, only)?,
            parts if parts.len() <= 16 => {
                self.push("(");
                for (part, place) in parts.iter().zip(0_usize..) {
                    if place > 0 {
                        self.push(word);
                    }
                    each(self, part)?;
                }
                self.push(")");
            }
            parts => {
                let (first, second) = parts.split_at(parts.len() / 2);
                self.push("(");
                self.joined(first, word, empty, each)?;
                self.push(word);
                self.joined(second, word, empty, each)?;
                self.push(")");
            }
        }
        Ok(())
    }
}

/// The filter as a condition. It was checked by [`valid::filter`].
pub(crate) fn filter(table: &Table, filter: &Filter) -> Result<Sql, StoreError> {
    let mut sql = Sql::default();
    push_filter(&mut sql, table, filter)?;
    Ok(sql)
}

/// Writes the filter as a condition. It was checked by [`valid::filter`].
pub(crate) fn push_filter(sql: &mut Sql, table: &Table, filter: &Filter) -> Result<(), StoreError> {
    match filter {
        Filter::All(filters) => sql.all(filters, &mut |sql, part| push_filter(sql, table, part)),
        Filter::Any(filters) => sql.any(filters, &mut |sql, part| push_filter(sql, table, part)),
        Filter::Eq(name, value) => one_of(sql, table, name, std::slice::from_ref(value)),
        Filter::In(name, values) => one_of(sql, table, name, values),
        Filter::Ne(name, value) => {
            sql.push("(");
            one_of(sql, table, name, std::slice::from_ref(value))?;
            sql.push(") IS NOT 1");
            Ok(())
        }
        Filter::Lt(name, value) => compared(sql, table, name, "<", value),
        Filter::Lte(name, value) => compared(sql, table, name, "<=", value),
        Filter::Gt(name, value) => compared(sql, table, name, ">", value),
        Filter::Gte(name, value) => compared(sql, table, name, ">=", value),
        Filter::Exists(name, there) => {
            let field = valid::field(table.collection, name)?;
            sql.push(&if *there { present(table, field) } else { missing(table, field) });
            Ok(())
        }
        Filter::Contains(names, needle) => {
            let needle = SqlValue::Text(store::fold::fold(needle));
            sql.any(names, &mut |sql, name| {
                let field = valid::field(table.collection, name)?;
                match item_kind(field) {
                    Some(_) => any_item(sql, table, field, |sql| {
                        sql.push("has_text(?, j.value)");
                        sql.bind(needle.clone());
                    }),
                    None => {
                        sql.push("has_text(?, ");
                        sql.push(&operand(table, field));
                        sql.push(")");
                        sql.bind(needle.clone());
                    }
                }
                Ok(())
            })
        }
    }
}

/// The expression of a scalar field: its column, or what its JSON has, in the same form as a column would.
pub(crate) fn operand<'a>(table: &'a Table, field: &Field) -> Cow<'a, str> {
    if let Some(column) = table.column(field.name) {
        return Cow::Borrowed(&column.quoted);
    }
    match field.name {
        "_id" => Cow::Borrowed("\"_id\""),
        "revision" => Cow::Borrowed("\"revision\""),
        _ => Cow::Owned(scalar(&field.kind, &format!("json_extract(\"doc\", {})", path(field)))),
    }
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

/// A condition on `j.value` holds for an item of a list.
fn any_item(sql: &mut Sql, table: &Table, field: &Field, condition: impl FnOnce(&mut Sql)) {
    let doc = format!("{}.\"doc\"", quote(table.collection.name));
    sql.push(&format!("EXISTS (SELECT 1 FROM json_each({doc}, {}) AS j WHERE ", path(field)));
    condition(sql);
    sql.push(")");
}

fn present(table: &Table, field: &Field) -> String {
    match mention(table, field) {
        Some(mention) => format!("({mention} AND {} IS NOT NULL)", presence(table, field)),
        None => format!("{} IS NOT NULL", presence(table, field)),
    }
}

fn missing(table: &Table, field: &Field) -> String {
    match mention(table, field) {
        Some(mention) => format!("(NOT {mention} OR {} IS NULL)", presence(table, field)),
        None => format!("{} IS NULL", presence(table, field)),
    }
}

fn presence<'a>(table: &'a Table, field: &Field) -> Cow<'a, str> {
    if storage(&field.kind).is_some() {
        return operand(table, field);
    }
    Cow::Owned(format!("nullif(json_type(\"doc\", {}), 'null')", path(field)))
}

/// Whether the document has the name of the field in it: only then its JSON is worth a look, which takes far longer. `None`
/// where a column says it. Names are stored without escapes.
fn mention(table: &Table, field: &Field) -> Option<String> {
    let has_column = table.column(field.name).is_some() || matches!(field.name, "_id" | "revision");
    (!has_column).then(|| format!("mentions(\"doc\", '\"{}\"')", field.name))
}

/// The field, or an item of it, has one of these values; missing, if `Null` is among them.
fn one_of(sql: &mut Sql, table: &Table, name: &str, values: &[Value]) -> Result<(), StoreError> {
    let field = valid::field(table.collection, name)?;
    let fitting: Vec<SqlValue> = values.iter().filter_map(|value| sql_value(field, value)).collect();
    match (values.contains(&Value::Null), fitting.is_empty()) {
        (false, true) => sql.push("0"),
        (true, true) => sql.push(&missing(table, field)),
        (false, false) => equal(sql, table, field, fitting),
        (true, false) => {
            sql.push("(");
            sql.push(&missing(table, field));
            sql.push(" OR ");
            equal(sql, table, field, fitting);
            sql.push(")");
        }
    }
    Ok(())
}

fn equal(sql: &mut Sql, table: &Table, field: &Field, values: Vec<SqlValue>) {
    match item_kind(field) {
        None => among(sql, &operand(table, field), &field.kind, values),
        Some(kind) => {
            any_item(sql, table, field, |sql| among(sql, &scalar(kind, "j.value"), kind, values));
        }
    }
}

/// More values than these are given as one JSON list.
const MOST_MARKS: usize = 128;

/// The expression is one of these. Their number is rounded up, so that few statements serve all.
fn among(sql: &mut Sql, expression: &str, kind: &Kind, mut values: Vec<SqlValue>) {
    sql.push(expression);
    match values.len() {
        1 => sql.push(" = ?"),
        count if count <= MOST_MARKS => {
            if let Some(last) = values.last().cloned() {
                values.resize(count.next_power_of_two(), last);
            }
            sql.push(" IN (?");
            for _ in 1..values.len() {
                sql.push(", ?");
            }
            sql.push(")");
        }
        _ => {
            let list: Vec<serde_json::Value> = values.iter().map(as_json).collect();
            let item = if matches!(kind, Kind::Id) { "unhex(value)" } else { "value" };
            sql.push(&format!(" IN (SELECT {item} FROM json_each(?))"));
            sql.bind(SqlValue::Text(serde_json::Value::from(list).to_string()));
            return;
        }
    }
    sql.values.append(&mut values);
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

fn compared(
    sql: &mut Sql,
    table: &Table,
    name: &str,
    operator: &str,
    value: &Value,
) -> Result<(), StoreError> {
    let field = valid::field(table.collection, name)?;
    let Some(value) = sql_value(field, value) else {
        sql.push("0");
        return Ok(());
    };
    let compare = |sql: &mut Sql, operand: &str| {
        sql.push(operand);
        sql.push(" ");
        sql.push(operator);
        sql.push(" ?");
        sql.bind(value);
    };
    match item_kind(field) {
        None => compare(sql, &operand(table, field)),
        Some(kind) => any_item(sql, table, field, |sql| compare(sql, &scalar(kind, "j.value"))),
    }
    Ok(())
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
