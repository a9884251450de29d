//! Makes the tables of a file as the declarations want them. What was derived is kept in the file; where it differs,
//! the table is made anew from its documents in the same transaction.

use rusqlite::{Connection, OptionalExtension};

use crate::errors::Refusal;
use crate::layout::{Table, quote};
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

/// Brings every table to its layout, inside a transaction of the caller.
pub(crate) fn bring_up_to_date(connection: &Connection, tables: &[Table]) -> Result<(), Refusal> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS layout (collection TEXT PRIMARY KEY, statements TEXT NOT NULL) STRICT",
    )?;
    for table in tables {
        let wanted = layout_of(table);
        match present_layout(connection, table)? {
            Some(present) if present == wanted => continue,
            Some(_) => rebuild(connection, table)?,
            None => create(connection, table)?,
        }
        connection.execute(
            "INSERT INTO layout VALUES (?1, ?2) ON CONFLICT DO UPDATE SET statements = excluded.statements",
            (table.collection.name, wanted),
        )?;
    }
    Ok(())
}

fn layout_of(table: &Table) -> String {
    [table.create.as_slice(), &table.create_indexes].concat().join(";\n")
}

fn present_layout(connection: &Connection, table: &Table) -> rusqlite::Result<Option<String>> {
    let text = "SELECT statements FROM layout WHERE collection = ?";
    connection.query_row(text, [table.collection.name], |row| row.get(0)).optional()
}

fn create(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    table
        .create
        .iter()
        .chain(&table.create_indexes)
        .try_for_each(|statement| connection.execute_batch(statement))
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
    create(connection, table)?;
    let mut statement = connection.prepare(&format!("SELECT \"_id\", revision, doc FROM {old}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let document = read::document(table, row)?;
        write::insert(connection, table, &document)?;
    }
    drop(rows);
    drop(statement);
    connection.execute_batch(&format!("DROP TABLE {old}"))?;
    Ok(())
}
