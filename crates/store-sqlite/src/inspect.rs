//! Whether the tables and indexes in the file are those that the declarations want: what somebody took away or added
//! with other tools is told, not touched.

use std::collections::BTreeMap;

use rusqlite::Connection;
use store::{LayoutFinding, LayoutKind};

use crate::errors::Refusal;
use crate::layout::Table;

/// What differs between the file and the declarations.
pub(crate) fn inspect(connection: &Connection, tables: &[Table]) -> Result<Vec<LayoutFinding>, Refusal> {
    let mut findings = Vec::new();
    for table in tables {
        let collection = table.collection.name;
        let mut present = objects(connection, "index", Some(collection))?;
        for statement in &table.create_indexes {
            let Some(name) = named(statement) else { continue };
            let kind = match present.remove(name) {
                Some(text) if text == *statement => continue,
                Some(_) => LayoutKind::IndexDiffers,
                None => LayoutKind::IndexMissing,
            };
            findings.push(finding(collection, kind, name));
        }
        findings.extend(present.keys().map(|name| finding(collection, LayoutKind::IndexExtra, name)));
    }
    let known = |name: &str| {
        let of = |table: &Table| {
            name == table.collection.name
                || table.places().is_some_and(|places| {
                    name.strip_prefix(&places).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
                })
        };
        name == "layout" || name.starts_with("sqlite_") || tables.iter().any(of)
    };
    let extra = objects(connection, "table", None)?;
    let extra = extra.keys().filter(|name| !known(name));
    findings.extend(extra.map(|name| finding(name, LayoutKind::CollectionExtra, name)));
    Ok(findings)
}

fn finding(collection: &str, kind: LayoutKind, name: &str) -> LayoutFinding {
    LayoutFinding { collection: collection.to_owned(), kind, name: name.to_owned() }
}

/// Tables or indexes that somebody made by a statement, by name, with that statement.
fn objects(
    connection: &Connection,
    kind: &str,
    of: Option<&str>,
) -> rusqlite::Result<BTreeMap<String, String>> {
    let text = "SELECT name, sql FROM sqlite_schema \
                WHERE type = ?1 AND sql IS NOT NULL AND (?2 IS NULL OR tbl_name = ?2)";
    let mut statement = connection.prepare(text)?;
    let rows = statement.query_map((kind, of), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// The name in a statement that makes an index: the first that is quoted.
pub(crate) fn named(statement: &str) -> Option<&str> {
    statement.split('"').nth(1)
}
