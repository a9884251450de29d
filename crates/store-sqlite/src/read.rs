//! Reads on one connection.

use model::Id;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, StatementStatus, params_from_iter};
use store::{Cursor, Document, Filter, Page, Query, StoreError, valid};

use crate::errors::Refusal;
use crate::layout::{Table, quote};
use crate::merge::Merge;
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

/// A listing, or a branch of it, as a statement. It was checked by [`valid::query`].
fn listing(table: &Table, query: &Query, branch: &[&Filter]) -> Result<Sql, Refusal> {
    let mut sql = Sql::default();
    sql.push("SELECT \"_id\", revision, doc");
    for (field, _) in &query.sort {
        sql.push(", ");
        sql.push(&sql::operand(table, valid::field(table.collection, field)?));
    }
    sql.push(" FROM ");
    sql.push(&name(table));
    sql.push(" WHERE ");
    sql.all(branch, &mut |sql, part| sql::push_filter(sql, table, part))?;
    if let Some(cursor) = &query.after {
        sql.push(" AND ");
        order::after(&mut sql, table, &query.sort, cursor)?;
    }
    sql.push(" ORDER BY ");
    sql.push(&order::order(table, &query.sort)?);
    sql.push(" LIMIT ?");
    sql.bind(SqlValue::Integer(i64::from(query.limit) + 1));
    Ok(sql)
}

/// One page of a listing.
pub(crate) fn find(connection: &Connection, table: &Table, query: &Query) -> Result<Page, Refusal> {
    valid::query(query)?;
    if query.limit == 0 {
        return Ok(Page { documents: Vec::new(), next: None });
    }
    let branches = branches::of(query.collection, &query.filter);
    if branches.len() < 2 || !connection.is_autocommit() {
        return page(connection, table, query, &branches);
    }
    let moment = Moment::begin(connection)?;
    let page = page(connection, table, query, &branches)?;
    moment.end()?;
    Ok(page)
}

/// The page, of branches that are read as of one moment.
fn page(
    connection: &Connection,
    table: &Table,
    query: &Query,
    branches: &[Vec<&Filter>],
) -> Result<Page, Refusal> {
    let mut statements = Vec::with_capacity(branches.len());
    for (branch, number) in branches.iter().zip(0_usize..) {
        let mut sql = listing(table, query, branch)?;
        if number > 0 {
            // Those of one form are open side by side, and a prepared statement is kept by its text.
            sql.push(&format!(" -- {number}"));
        }
        statements.push((prepared(connection, &sql.text)?, sql.values));
    }
    let opened = statements
        .iter_mut()
        .map(|(statement, values)| statement.query(params_from_iter(std::mem::take(values))));
    let mut merge = Merge::of(opened, &query.sort)?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let (mut documents, mut last) = (Vec::new(), None);
    while documents.len() < limit {
        let is_last = documents.len() + 1 == limit;
        let taken = merge.next(|row| {
            let end = is_last.then(|| cursor(query, row)).transpose()?;
            Ok((document(table, row)?, end))
        })?;
        let Some((document, end)) = taken else { break };
        documents.push(document);
        last = end;
    }
    let next = last.filter(|_| !merge.is_at_end());
    Ok(Page { documents, next })
}

/// How SQLite would find what a listing asks for, a line for each step.
pub(crate) fn plan(connection: &Connection, table: &Table, query: &Query) -> Result<Vec<String>, Refusal> {
    valid::query(query)?;
    let mut all = Vec::new();
    for branch in branches::of(query.collection, &query.filter) {
        let sql = listing(table, query, &branch)?;
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))?;
        let steps = statement.query_map(params_from_iter(sql.values), |row| row.get("detail"))?;
        all.extend(steps.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(all)
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
