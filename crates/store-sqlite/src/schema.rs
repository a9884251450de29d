//! Makes the tables of a file as the declarations want them. What was derived is kept in the file; where it differs,
//! the table is made anew from its documents in the same transaction.
//!
//! Tables that are to be filled at once get most of their indexes afterwards: sorting all keys of an index takes a
//! fraction of what putting them in one by one does.

use rusqlite::{Connection, OptionalExtension};
use store::StoreError;

use crate::errors::{Refusal, is_constraint};
use crate::layout::{Table, quote};
use crate::row::Form;
use crate::{read, write};

/// Whether every table has its layout.
pub(crate) fn is_up_to_date(connection: &Connection, tables: &[Table]) -> rusqlite::Result<bool> {
    if !connection.table_exists(None, "layout")? {
        return Ok(false);
    }
    for table in tables {
        if present_layout(connection, table)?.is_none_or(|present| present != layout_of(table)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the tables of an empty file as they are filled, inside a transaction of the caller. When the file is brought up
/// to date they get what they lack.
pub(crate) fn create_to_fill(connection: &Connection, tables: &[Table]) -> Result<(), Refusal> {
    create_layout(connection)?;
    for table in tables {
        create_unindexed(connection, table)?;
        note(connection, table, &layout_to_fill(table))?;
    }
    Ok(())
}

/// Brings every table to its layout, inside a transaction of the caller.
pub(crate) fn bring_up_to_date(connection: &Connection, tables: &[Table]) -> Result<(), Refusal> {
    create_layout(connection)?;
    for table in tables {
        let wanted = layout_of(table);
        match present_layout(connection, table)? {
            Some(present) if present == wanted => continue,
            Some(present) if present == layout_to_fill(table) => create_indexes(connection, table)?,
            Some(_) => rebuild(connection, table)?,
            None => {
                create_unindexed(connection, table)?;
                create_indexes(connection, table)?;
            }
        }
        note(connection, table, &wanted)?;
    }
    Ok(())
}

fn create_layout(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS layout (collection TEXT PRIMARY KEY, statements TEXT NOT NULL) STRICT",
    )
}

fn note(connection: &Connection, table: &Table, layout: &str) -> rusqlite::Result<()> {
    let text =
        "INSERT INTO layout VALUES (?1, ?2) ON CONFLICT DO UPDATE SET statements = excluded.statements";
    connection.execute(text, (table.collection.name, layout)).map(|_| ())
}

fn layout_of(table: &Table) -> String {
    [table.create.as_slice(), &table.create_indexes].concat().join(";\n")
}

fn layout_to_fill(table: &Table) -> String {
    [table.create.as_slice(), table.indexes_to_fill().0].concat().join(";\n")
}

fn present_layout(connection: &Connection, table: &Table) -> rusqlite::Result<Option<String>> {
    let text = "SELECT statements FROM layout WHERE collection = ?";
    connection.query_row(text, [table.collection.name], |row| row.get(0)).optional()
}

fn create_unindexed(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let statements = table.create.iter().chain(table.indexes_to_fill().0);
    statements.into_iter().try_for_each(|statement| connection.execute_batch(statement))
}

/// The indexes that a table lacks while it is filled. Only now two documents with one key are met.
fn create_indexes(connection: &Connection, table: &Table) -> Result<(), Refusal> {
    for statement in table.indexes_to_fill().1 {
        connection.execute_batch(statement).map_err(|error| {
            if !is_constraint(&error) {
                return error.into();
            }
            let (collection, fields) = (table.collection.name, table.fields_made_unique(statement));
            Refusal::Said(StoreError::Duplicate { collection, fields })
        })?;
    }
    Ok(())
}

fn rebuild(connection: &Connection, table: &Table) -> Result<(), Refusal> {
    tracing::info!(collection = table.collection.name, "the declaration changed: making the table anew");
    let name = table.collection.name;
    let indexes: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")?
        .query_map([name], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for index in indexes {
        connection.execute_batch(&format!("DROP INDEX {}", quote(&index)))?;
    }
    let trees: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%' AND name LIKE ? || '\\_\\_%' ESCAPE '\\'")?
        .query_map([name], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for tree in trees {
        connection.execute_batch(&format!("DROP TABLE {}", quote(&tree)))?;
    }
    let old = quote(&format!("{name}__old"));
    connection.execute_batch(&format!("ALTER TABLE {} RENAME TO {old}", quote(name)))?;
    create_unindexed(connection, table)?;
    let mut statement = connection.prepare(&format!("SELECT \"_id\", revision, doc FROM {old}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let document = read::document(table, row)?;
        // Documents of an earlier form are kept as they are until a migration brings them up to date.
        write::insert(connection, table, &document, Form::Raw)?;
    }
    drop(rows);
    drop(statement);
    connection.execute_batch(&format!("DROP TABLE {old}"))?;
    create_indexes(connection, table)
}
