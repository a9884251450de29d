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
///
/// The ids are selected first and each document is fetched by its id: sorting ids takes a few bytes a document, while
/// sorting documents would need room for all of them. One read transaction makes both one moment.
pub(crate) fn stream(
    connection: &mut Connection,
    table: &Table,
    filter: &Filter,
    mut give: impl FnMut(Vec<Document>) -> bool,
) -> Result<(), Refusal> {
    valid::filter(table.collection, filter)?;
    let condition = sql::filter(table, filter)?;
    let moment = connection.transaction()?;
    let name = read::name(table);
    let mut ids =
        moment.prepare(&format!("SELECT \"_id\" FROM {name} WHERE {} ORDER BY \"_id\"", condition.text))?;
    let mut one = moment.prepare(&format!("SELECT \"_id\", revision, doc FROM {name} WHERE \"_id\" = ?"))?;
    let mut matching = ids.query(params_from_iter(&condition.values))?;
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while let Some(row) = matching.next()? {
        let id: SqlValue = row.get(0)?;
        let mut found = one.query([id])?;
        let Some(row) = found.next()? else { continue };
        let document = read::document(table, row)?;
        bytes += document.json.len();
        chunk.push(document);
        if chunk.len() >= CHUNK_DOCUMENTS || bytes >= CHUNK_BYTES {
            bytes = 0;
            if !give(std::mem::take(&mut chunk)) {
                return Ok(());
            }
        }
    }
    if !chunk.is_empty() {
        give(chunk);
    }
    Ok(())
}
