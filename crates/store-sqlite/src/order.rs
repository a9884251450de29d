//! Orders and cursors as SQL.

use model::schema::Collection;
use rusqlite::types::{Value as SqlValue, ValueRef};
use store::{Cursor, Order, StoreError, Value, valid};

use crate::layout::{Storage, Table, storage};
use crate::sql::{self, Sql};

/// What to sort by, `_id` last.
pub(crate) fn order(table: &Table, sort: &[(&'static str, Order)]) -> Result<String, StoreError> {
    let mut parts = Vec::new();
    for (name, order) in sort {
        let operand = sql::operand(table, valid::field(table.collection, name)?);
        parts.push(format!("{operand} {}", direction(*order)));
    }
    parts.push("\"_id\" ASC".to_owned());
    Ok(parts.join(", "))
}

fn direction(order: Order) -> &'static str {
    match order {
        Order::Ascending => "ASC",
        Order::Descending => "DESC",
    }
}

/// Writes the condition that a document comes after the cursor in this order.
pub(crate) fn after(
    sql: &mut Sql,
    table: &Table,
    sort: &[(&'static str, Order)],
    cursor: &Cursor,
) -> Result<(), StoreError> {
    let Some((((name, order), value), rest)) = sort.iter().zip(&cursor.values).next().zip(sort.get(1..))
    else {
        sql.push("\"_id\" > ?");
        sql.bind(SqlValue::Blob(cursor.id.bytes().to_vec()));
        return Ok(());
    };
    let field = valid::field(table.collection, name)?;
    let this = sql::operand(table, field);
    let later = Cursor { values: cursor.values.get(1..).unwrap_or_default().to_vec(), id: cursor.id };
    let compared = |sql: &mut Sql, operator: &str, value: &SqlValue| {
        sql.push(&this);
        sql.push(operator);
        sql.bind(value.clone());
    };
    match (order, sql::sql_value(field, value)) {
        (Order::Ascending, None) => {
            sql.push(&format!("({this} IS NOT NULL OR ({this} IS NULL AND "));
            after(sql, table, rest, &later)?;
            sql.push("))");
        }
        (Order::Descending, None) => {
            sql.push(&format!("({this} IS NULL AND "));
            after(sql, table, rest, &later)?;
            sql.push(")");
        }
        // The bound stands alone as well, so that an index can begin there.
        (Order::Ascending, Some(value)) => {
            sql.push("(");
            compared(sql, " >= ? AND (", &value);
            compared(sql, " > ? OR (", &value);
            compared(sql, " = ? AND ", &value);
            after(sql, table, rest, &later)?;
            sql.push(")))");
        }
        (Order::Descending, Some(value)) => {
            sql.push("(");
            if field.required {
                compared(sql, " <= ? AND (", &value);
                compared(sql, " < ? OR (", &value);
            } else {
                sql.push("(");
                compared(sql, " < ? OR ", &value);
                sql.push(&format!("{this} IS NULL OR ("));
            }
            compared(sql, " = ? AND ", &value);
            after(sql, table, rest, &later)?;
            sql.push(")))");
        }
    }
    Ok(())
}

/// The port's value of a sorted column.
pub(crate) fn sort_value(
    collection: &'static Collection,
    name: &str,
    value: ValueRef<'_>,
) -> Result<Value, StoreError> {
    let storage = storage(&valid::field(collection, name)?.kind);
    let malformed = || StoreError::Malformed {
        collection: collection.name,
        reason: format!("{name} is not as declared"),
    };
    Ok(match (storage, value) {
        (_, ValueRef::Null) => Value::Null,
        (Some(Storage::Instant), ValueRef::Integer(milliseconds)) => {
            Value::Instant(jiff::Timestamp::from_millisecond(milliseconds).map_err(|_| malformed())?)
        }
        (Some(Storage::Bool), ValueRef::Integer(number)) => Value::Bool(number != 0),
        (Some(Storage::Int | Storage::Float), ValueRef::Integer(number)) => Value::Int(number),
        (Some(Storage::Float | Storage::Int), ValueRef::Real(number)) => Value::Float(number),
        (Some(Storage::Text), ValueRef::Text(bytes)) => {
            Value::Text(std::str::from_utf8(bytes).map_err(|_| malformed())?.to_owned())
        }
        (Some(Storage::Id), ValueRef::Blob(bytes)) => {
            Value::Id(model::Id::from_bytes(bytes.try_into().map_err(|_| malformed())?))
        }
        _ => return Err(malformed()),
    })
}
