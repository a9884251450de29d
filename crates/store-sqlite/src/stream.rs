//! Streaming a whole collection as of one moment, on a connection and a thread of its own, in bounded chunks.

use rusqlite::types::Value as SqlValue;
use rusqlite::{Connection, params_from_iter};
use store::{Document, Filter, valid};

use crate::errors::Refusal;
use crate::layout::Table;
use crate::{read, sql};

/// A chunk ends at so many documents…
const CHUNK_DOCUMENTS: usize = 512;
/// …or so many bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// Gives every matching document by rising id to `give`, which says whether to go on.
pub(crate) fn stream(
    connection: &mut Connection,
    table: &Table,
    filter: &Filter,
    mut give: impl FnMut(Vec<Document>) -> bool,
) -> Result<(), Refusal> {
    let moment = connection.transaction()?;
    one(&moment, table, filter, &mut give).map(|_| ())
}

/// Gives every matching document of the tables, one table after the other, all as of one moment. The position of the
/// table comes with them.
pub(crate) fn stream_many(
    connection: &mut Connection,
    tables: &[(&Table, &Filter)],
    mut give: impl FnMut(usize, Vec<Document>) -> bool,
) -> Result<(), Refusal> {
    let moment = connection.transaction()?;
    for (position, (table, filter)) in tables.iter().enumerate() {
        let goes_on = one(&moment, table, filter, &mut |chunk| give(position, chunk))?;
        if !goes_on {
            break;
        }
    }
    Ok(())
}

/// One table within a read transaction. Answers whether to go on.
///
/// Where SQLite can walk in the order of ids, each document is read on the way. Where it would have to sort, the ids are
/// sorted first and each document is fetched by its id: sorting ids takes a few bytes a document, while sorting documents
/// would need room for all of them. The transaction makes both one moment.
fn one(
    moment: &Connection,
    table: &Table,
    filter: &Filter,
    give: &mut dyn FnMut(Vec<Document>) -> bool,
) -> Result<bool, Refusal> {
    valid::filter(table.collection, filter)?;
    let condition = sql::filter(table, filter)?;
    let name = read::name(table);
    let rest = format!("FROM {name} WHERE {} ORDER BY \"_id\"", condition.text);
    let walk = format!("SELECT \"_id\", revision, doc {rest}");
    let mut chunks = Chunks { give, chunk: Vec::new(), bytes: 0 };
    if !sorts(moment, &walk, &condition.values)? {
        let mut all = moment.prepare(&walk)?;
        let mut matching = all.query(params_from_iter(&condition.values))?;
        while let Some(row) = matching.next()? {
            if !chunks.add(read::document(table, row)?) {
                return Ok(false);
            }
        }
        return Ok(chunks.end());
    }
    let mut ids = moment.prepare(&format!("SELECT \"_id\" {rest}"))?;
    let mut one = moment.prepare(&format!("SELECT \"_id\", revision, doc FROM {name} WHERE \"_id\" = ?"))?;
    let mut matching = ids.query(params_from_iter(&condition.values))?;
    while let Some(row) = matching.next()? {
        let id: SqlValue = row.get(0)?;
        let mut found = one.query([id])?;
        let Some(row) = found.next()? else { continue };
        if !chunks.add(read::document(table, row)?) {
            return Ok(false);
        }
    }
    Ok(chunks.end())
}

/// Whether SQLite would sort what this finds.
fn sorts(moment: &Connection, text: &str, values: &[SqlValue]) -> rusqlite::Result<bool> {
    let mut plan = moment.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
    let mut steps = plan.query(params_from_iter(values))?;
    while let Some(step) = steps.next()? {
        if step.get_ref("detail")?.as_str()?.contains("TEMP B-TREE") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Documents on their way, some at a time.
struct Chunks<'a> {
    give: &'a mut dyn FnMut(Vec<Document>) -> bool,
    chunk: Vec<Document>,
    bytes: usize,
}

impl Chunks<'_> {
    /// Answers whether to go on.
    fn add(&mut self, document: Document) -> bool {
        self.bytes += document.json.len();
        self.chunk.push(document);
        if self.chunk.len() < CHUNK_DOCUMENTS && self.bytes < CHUNK_BYTES {
            return true;
        }
        self.bytes = 0;
        (self.give)(std::mem::take(&mut self.chunk))
    }

    /// The same for what is left.
    fn end(self) -> bool {
        self.chunk.is_empty() || (self.give)(self.chunk)
    }
}
