//! Streams: everything by rising id as of one moment, a chunk at a time.
//!
//! From 5.0 on a session of its own reads one moment for as long as the server keeps its history (five minutes unless
//! `minSnapshotHistoryWindowInSeconds` says otherwise); before that a transaction does, for a minute. A stream that takes
//! longer ends with an error that says so, never with less than everything.

use model::schema::Collection;
use mongodb::ClientSession;
use mongodb::bson::doc;
use mongodb::options::ReadConcern;
use store::{Document, Filter, StoreError, valid};

use crate::engine::{Engine, bounded, plain, read_error};
use crate::verdict::of_long_reading;
use crate::{filter, read};

/// So many documents are given at once, or as many as have so many bytes of JSON together.
const CHUNK: u32 = 500;
const CHUNK_BYTES: usize = 1 << 20;

/// A session that reads one moment for as long as it can.
pub(crate) async fn moment(
    engine: &Engine,
    collection: &'static Collection,
) -> Result<ClientSession, StoreError> {
    let session = if engine.has_snapshots {
        engine.client.start_session().snapshot(true).await
    } else {
        read::snapshot(engine).await
    };
    session.map_err(|error| read_error(read::reading(collection), &error))
}

/// Gives every matching document; `each` answers whether to go on, and so does this.
pub(crate) async fn stream(
    engine: &Engine,
    session: &mut ClientSession,
    collection: &'static Collection,
    wanted: &Filter,
    each: &mut (dyn FnMut(Vec<Document>) -> bool + Send + '_),
) -> Result<bool, StoreError> {
    valid::filter(collection, wanted)?;
    let asked = read::reading(collection);
    let said = |error| plain(of_long_reading(asked, &error));
    let longest = engine.options.operation_timeout;
    let stored = engine.raw(collection)?;
    let find = stored
        .find(filter::document(collection, wanted)?)
        .sort(doc! { "_id": 1 })
        .batch_size(CHUNK)
        .allow_disk_use(true);
    // Said here again: beside the client's majority the driver adds the session's moment and leaves the level, and of a
    // majority read the server tells no moment to go on with. In a transaction, which has a level of its own, none may be
    // said.
    let find = if engine.has_snapshots { find.read_concern(ReadConcern::snapshot()) } else { find };
    let cursor = find.session(&mut *session);
    let mut cursor = bounded(longest, asked, async { cursor.await.map_err(said) }).await?;
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    loop {
        let next = async { cursor.advance(session).await.map_err(said) };
        if !bounded(longest, asked, next).await? {
            break;
        }
        let document = read::document(collection, cursor.current())?;
        bytes += document.json.len();
        chunk.push(document);
        if chunk.len() == CHUNK as usize || bytes >= CHUNK_BYTES {
            bytes = 0;
            if !each(std::mem::take(&mut chunk)) {
                return Ok(false);
            }
        }
    }
    Ok(chunk.is_empty() || each(chunk))
}
