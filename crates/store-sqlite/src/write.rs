//! One batch on the writer's connection, inside a savepoint of it.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};
use store::{Batch, Document, Filter, StoreError, Value, Write, patch, valid};

use crate::errors::{Refusal, is_constraint};
use crate::layout::{Table, quote};
use crate::row::{self, Form, Row};
use crate::store_impl::Tables;
use crate::{read, sql};

type Outcome = Result<(), Refusal>;

/// Applies every write of the batch, in order.
pub(crate) fn apply(connection: &Connection, tables: &Tables, batch: &Batch) -> Outcome {
    batch.writes.iter().try_for_each(|write| match write {
        Write::Insert { collection, document } => {
            insert(connection, tables.of(collection)?, document, Form::Declared)
        }
        Write::Replace { collection, document, expected_revision } => {
            replace(connection, tables.of(collection)?, document, *expected_revision)
        }
        Write::Raw { collection, document, expected_revision: None } => {
            insert(connection, tables.of(collection)?, document, Form::Raw)
        }
        Write::Raw { collection, document, expected_revision: Some(expected) } => {
            overwrite(connection, tables.of(collection)?, document, *expected, Form::Raw)
        }
        Write::Update { collection, filter, set, add, must_match } => {
            patch::check(collection, set, add)?;
            let matched = update(connection, tables.of(collection)?, filter, set, add)?;
            if *must_match && !matched {
                return Err(StoreError::ConditionFailed { collection: collection.name }.into());
            }
            Ok(())
        }
        Write::Delete { collection, filter } => delete(connection, tables.of(collection)?, filter),
        Write::Require { collection, filter } => require(connection, tables.of(collection)?, filter),
    })
}

/// Adds a document.
pub(crate) fn insert(connection: &Connection, table: &Table, document: &Document, form: Form) -> Outcome {
    let Row { columns, place } = row::of(table, document, form)?;
    let (id, text): (_, &str) = (document.id.bytes(), &document.json);
    let before = std::iter::once(&id as &dyn ToSql).chain(columns.iter().map(|column| column as &dyn ToSql));
    let values = before.chain([&document.revision as &dyn ToSql, &text as &dyn ToSql]);
    let inserted = connection.prepare_cached(&table.insert)?.execute(params_from_iter(values));
    match inserted {
        Ok(_) => {}
        Err(error) if is_constraint(&error) => {
            return Err(duplicate(connection, table, document, &columns, true, error));
        }
        Err(error) => return Err(error.into()),
    }
    match place {
        Some(place) => add_place(connection, table, connection.last_insert_rowid(), place),
        None => Ok(()),
    }
}

fn replace(connection: &Connection, table: &Table, document: &Document, expected_revision: i64) -> Outcome {
    valid::replacement(table.collection, document, expected_revision)?;
    overwrite(connection, table, document, expected_revision, Form::Declared)
}

/// Writes a document over the one with its id. Only columns that changed are written, so that only their indexes are.
fn overwrite(
    connection: &Connection,
    table: &Table,
    document: &Document,
    expected_revision: i64,
    form: Form,
) -> Outcome {
    let Row { columns, place } = row::of(table, document, form)?;
    let id = || SqlValue::Blob(document.id.bytes().to_vec());
    let names: String = table.columns.iter().map(|column| format!(", {}", quote(column.field))).collect();
    let row = if table.sphere.is_some() { "\"row\"" } else { "0" };
    let name = read::name(table);
    let present = connection
        .prepare_cached(&format!("SELECT revision, {row}{names} FROM {name} WHERE \"_id\" = ?"))?
        .query_row([id()], |row| {
            let columns = (0..table.columns.len()).map(|column| row.get(column + 2));
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, columns.collect::<Result<Vec<SqlValue>, _>>()?))
        })
        .optional()?;
    let mismatch = |found| StoreError::RevisionMismatch {
        collection: table.collection.name,
        id: document.id,
        expected: expected_revision,
        found,
    };
    let (revision, row, present) = present.ok_or_else(|| mismatch(None))?;
    if revision != expected_revision {
        return Err(mismatch(Some(revision)).into());
    }
    let mut assignments = String::from("revision = ?, doc = ?");
    let mut values = vec![SqlValue::Integer(document.revision), SqlValue::Text(document.json.to_string())];
    for ((column, new), old) in table.columns.iter().zip(&columns).zip(&present) {
        if new != old {
            assignments.push_str(&format!(", {} = ?", quote(column.field)));
            values.push(new.clone());
        }
    }
    values.push(id());
    let updated = connection
        .prepare_cached(&format!("UPDATE {name} SET {assignments} WHERE \"_id\" = ?"))?
        .execute(params_from_iter(values));
    match updated {
        Ok(_) => {}
        Err(error) if is_constraint(&error) => {
            return Err(duplicate(connection, table, document, &columns, false, error));
        }
        Err(error) => return Err(error.into()),
    }
    if let Some(places) = table.places() {
        let text = format!("DELETE FROM {} WHERE \"row\" = ?", quote(&places));
        connection.prepare_cached(&text)?.execute([row])?;
        if let Some(place) = place {
            add_place(connection, table, row, place)?;
        }
    }
    Ok(())
}

fn add_place(connection: &Connection, table: &Table, row: i64, (longitude, latitude): (f64, f64)) -> Outcome {
    if let Some(places) = table.places() {
        let text = format!("INSERT INTO {} VALUES (?1, ?2, ?2, ?3, ?3)", quote(&places));
        connection.prepare_cached(&text)?.execute((row, longitude, latitude))?;
    }
    Ok(())
}

/// Which uniqueness a document broke: the id first, then the indexes in the order of the declaration.
fn duplicate(
    connection: &Connection,
    table: &Table,
    document: &Document,
    columns: &[SqlValue],
    new: bool,
    error: rusqlite::Error,
) -> Refusal {
    let collection = table.collection.name;
    let said = |fields| Refusal::Said(StoreError::Duplicate { collection, fields });
    let id = || SqlValue::Blob(document.id.bytes().to_vec());
    let name = read::name(table);
    let exists = |condition: &str, values: Vec<SqlValue>| {
        connection
            .prepare_cached(&format!("SELECT 1 FROM {name} WHERE {condition}"))
            .and_then(|mut statement| statement.exists(params_from_iter(values)))
    };
    if new {
        match exists("\"_id\" = ?", vec![id()]) {
            Ok(true) => return said(vec!["_id"]),
            Ok(false) => {}
            Err(error) => return error.into(),
        }
    }
    for index in &table.uniques {
        let fields: Vec<_> = index.keys.iter().map(model::schema::Key::field).collect();
        let mut conditions = vec!["\"_id\" <> ?".to_owned()];
        let mut values = vec![id()];
        for (field, expression) in fields.iter().zip(table.unique_expressions(index)) {
            let own = match *field {
                "_id" => Some(id()),
                "revision" => Some(SqlValue::Integer(document.revision)),
                field => {
                    let position = table.columns.iter().position(|column| column.field == field);
                    position.and_then(|position| columns.get(position)).cloned()
                }
            };
            let value = match own {
                Some(SqlValue::Null) | None if !index.sparse => SqlValue::Blob(Vec::new()),
                own => own.unwrap_or(SqlValue::Null),
            };
            conditions.push(format!("{expression} = ?"));
            values.push(value);
        }
        match exists(&conditions.join(" AND "), values) {
            Ok(true) => return said(fields),
            Ok(false) => {}
            Err(error) => return error.into(),
        }
    }
    error.into()
}

/// Changes the documents that match, by rising id, and tells whether there was one.
fn update(
    connection: &Connection,
    table: &Table,
    filter: &Filter,
    set: &[(&'static str, Value)],
    add: &[(&'static str, i64)],
) -> Result<bool, Refusal> {
    valid::filter(table.collection, filter)?;
    let condition = sql::filter(table, filter)?;
    let text = format!("SELECT \"_id\" FROM {} WHERE {} ORDER BY \"_id\"", read::name(table), condition.text);
    let ids: Vec<[u8; 12]> = connection
        .prepare_cached(&text)?
        .query_map(params_from_iter(condition.values), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in &ids {
        let Some(document) = read::get(connection, table, model::Id::from_bytes(*id))? else { continue };
        let changed = patch::apply(table.collection, &document, set, add)?;
        overwrite(connection, table, &changed, document.revision, Form::Raw)?;
    }
    Ok(!ids.is_empty())
}

fn delete(connection: &Connection, table: &Table, filter: &Filter) -> Outcome {
    valid::filter(table.collection, filter)?;
    let condition = sql::filter(table, filter)?;
    let name = read::name(table);
    if let Some(places) = table.places() {
        let text = format!(
            "DELETE FROM {} WHERE \"row\" IN (SELECT \"row\" FROM {name} WHERE {})",
            quote(&places),
            condition.text
        );
        connection.prepare_cached(&text)?.execute(params_from_iter(&condition.values))?;
    }
    let text = format!("DELETE FROM {name} WHERE {}", condition.text);
    connection.prepare_cached(&text)?.execute(params_from_iter(condition.values))?;
    Ok(())
}

fn require(connection: &Connection, table: &Table, filter: &Filter) -> Outcome {
    valid::filter(table.collection, filter)?;
    let condition = sql::filter(table, filter)?;
    let text = format!("SELECT 1 FROM {} WHERE {} LIMIT 1", read::name(table), condition.text);
    let met = connection.prepare_cached(&text)?.exists(params_from_iter(condition.values))?;
    if met { Ok(()) } else { Err(StoreError::ConditionFailed { collection: table.collection.name }.into()) }
}
