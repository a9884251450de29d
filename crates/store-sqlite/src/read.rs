//! Reads on one connection.

use model::Id;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, StatementStatus, params_from_iter};
use store::{Cursor, Document, Filter, Page, Query, StoreError, valid};

use crate::errors::Refusal;
use crate::layout::{Table, quote};
use crate::sql::{self, Sql};
use crate::store_impl::Tables;
use crate::{branches, order};

/// A statement that is kept prepared. Its steps are counted anew: SQLite counts them over all executions, and the bound
/// of a short read is for one.
pub(crate) fn prepared<'a>(connection: &'a Connection, text: &str) -> rusqlite::Result<CachedStatement<'a>> {
    let statement = connection.prepare_cached(text)?;
    statement.reset_status(StatementStatus::VmStep);
    Ok(statement)
}

/// The document with this id.
pub(crate) fn get(connection: &Connection, table: &Table, id: Id) -> Result<Option<Document>, Refusal> {
    let text = format!("SELECT \"_id\", revision, doc FROM {} WHERE \"_id\" = ?", name(table));
    let mut statement = prepared(connection, &text)?;
    let mut rows = statement.query([id.bytes().as_slice()])?;
    rows.next()?.map(|row| document(table, row)).transpose()
}

/// A listing as a statement. It was checked by [`valid::query`].
fn listing(table: &Table, query: &Query) -> Result<Sql, Refusal> {
    let mut columns = String::from("\"_id\", revision, doc");
    for (field, _) in &query.sort {
        columns.push_str(", ");
        columns.push_str(&sql::operand(table, valid::field(table.collection, field)?));
    }
    let branches = branches::of(query.collection, &query.filter);
    // Of several branches each is read in order and merged: only then an order may be named by column alone.
    let order = match branches.len() {
        0 | 1 => order::order(table, &query.sort)?,
        _ => order::order_by_position(&query.sort),
    };
    let table_name = name(table);
    let mut sql = Sql::default();
    for branch in &branches {
        sql.push(if sql.text.is_empty() { "SELECT " } else { " UNION ALL SELECT " });
        sql.push(&columns);
        sql.push(" FROM ");
        sql.push(&table_name);
        sql.push(" WHERE ");
        sql.all(branch, &mut |sql, part| sql::push_filter(sql, table, part))?;
        if let Some(cursor) = &query.after {
            sql.push(" AND ");
            order::after(&mut sql, table, &query.sort, cursor)?;
        }
    }
    sql.push(" ORDER BY ");
    sql.push(&order);
    sql.push(" LIMIT ?");
    sql.bind(SqlValue::Integer(i64::from(query.limit) + 1));
    Ok(sql)
}

/// One page of a listing.
pub(crate) fn find(connection: &Connection, table: &Table, query: &Query) -> Result<Page, Refusal> {
    valid::query(query)?;
    let mut documents = Vec::new();
    if query.limit == 0 {
        return Ok(Page { documents, next: None });
    }
    let sql = listing(table, query)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut statement = prepared(connection, &sql.text)?;
    let mut rows = statement.query(params_from_iter(sql.values))?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        if documents.len() == limit {
            return Ok(Page { documents, next: last });
        }
        documents.push(document(table, row)?);
        if documents.len() == limit {
            last = Some(cursor(query, row)?);
        }
    }
    Ok(Page { documents, next: None })
}

/// How SQLite would find what a listing asks for, a line for each step.
pub(crate) fn plan(connection: &Connection, table: &Table, query: &Query) -> Result<Vec<String>, Refusal> {
    valid::query(query)?;
    let sql = listing(table, query)?;
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))?;
    let steps = statement.query_map(params_from_iter(sql.values), |row| row.get("detail"))?;
    Ok(steps.collect::<Result<_, _>>()?)
}

/// A transaction of reads. Its two statements are kept prepared: short listings are many.
struct Moment<'a>(Option<&'a Connection>);

impl<'a> Moment<'a> {
    fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        prepared(connection, "BEGIN")?.execute([])?;
        Ok(Self(Some(connection)))
    }

    fn end(mut self) -> rusqlite::Result<()> {
        if let Some(connection) = self.0 {
            prepared(connection, "COMMIT")?.execute([])?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Moment<'_> {
    fn drop(&mut self) {
        // A read that failed or was interrupted; SQLite may have ended the transaction by itself.
        if let Some(connection) = self.0.filter(|connection| !connection.is_autocommit()) {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
}

/// One page of each listing, as of one moment.
pub(crate) fn find_many(
    connection: &Connection,
    tables: &Tables,
    queries: &[Query],
) -> Result<Vec<Page>, Refusal> {
    let moment = Moment::begin(connection)?;
    let pages = queries.iter().map(|query| find(connection, tables.of(query.collection)?, query));
    let pages = pages.collect::<Result<_, _>>()?;
    moment.end()?;
    Ok(pages)
}

/// How many documents match.
pub(crate) fn count(connection: &Connection, table: &Table, filter: &Filter) -> Result<u64, Refusal> {
    valid::filter(table.collection, filter)?;
    let condition = sql::filter(table, filter)?;
    let text = format!("SELECT count(*) FROM {} WHERE {}", name(table), condition.text);
    let mut statement = prepared(connection, &text)?;
    let counted: i64 = statement.query_row(params_from_iter(condition.values), |row| row.get(0))?;
    Ok(counted.unsigned_abs())
}

/// The document of a row that begins with `_id`, `revision`, `doc`.
pub(crate) fn document(table: &Table, row: &Row<'_>) -> Result<Document, Refusal> {
    let id = match row.get_ref(0)? {
        ValueRef::Blob(bytes) => bytes.try_into().ok().map(Id::from_bytes),
        _ => None,
    };
    let revision = row.get(1)?;
    let text = match row.get_ref(2)? {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    };
    match (id, text) {
        (Some(id), Some(text)) => Ok(Document { id, revision, json: text.into() }),
        _ => Err(Refusal::Said(StoreError::Malformed {
            collection: table.collection.name,
            reason: "a row of the store file is not a document".to_owned(),
        })),
    }
}

/// The table's name as an identifier.
pub(crate) fn name(table: &Table) -> String {
    quote(table.collection.name)
}

fn cursor(query: &Query, row: &Row<'_>) -> Result<Cursor, Refusal> {
    let mut values = Vec::with_capacity(query.sort.len());
    for (position, (field, _)) in query.sort.iter().enumerate() {
        values.push(order::sort_value(query.collection, field, row.get_ref(position + 3)?)?);
    }
    let id: [u8; 12] = row.get(0)?;
    Ok(Cursor { values, id: Id::from_bytes(id) })
}
