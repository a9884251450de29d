//! The port on SQLite: hands reads to the readers, batches to the writer, streams to threads of their own.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use model::Id;
use model::schema::Collection;
use store::{Batch, BoxFuture, Capabilities, Document, Filter, Near, Page, Query, Store, StoreError};
use tokio::sync::{Semaphore, mpsc};

use crate::errors::Refusal;
use crate::integrity::LaterCheck;
use crate::layout::Table;
use crate::near::Circle;
use crate::options::SqliteOptions;
use crate::readers::Readers;
use crate::writer::{Broken, Writer};
use crate::{near, open, read, stream};

/// So many streams run at once; each has a connection and a thread, and keeps the log from being cut.
const STREAMS_AT_ONCE: usize = 4;

/// The tables of all collections.
pub(crate) struct Tables(Vec<Table>);

impl Tables {
    /// The tables of this collection.
    pub(crate) fn of(&self, collection: &'static Collection) -> Result<&Table, StoreError> {
        self.0.iter().find(|table| table.collection.name == collection.name).ok_or_else(|| {
            StoreError::Unsupported { reason: format!("the store keeps no {}", collection.name) }
        })
    }
}

/// A store in one SQLite file. Dropping it waits for the commit under way and closes the file.
pub struct SqliteStore {
    // Fields are dropped in this order: the writer last, because closing the last connection tidies the log away.
    _check: Option<LaterCheck>,
    readers: Readers,
    writer: Writer,
    streams: Semaphore,
    tables: Arc<Tables>,
    broken: Broken,
    path: PathBuf,
    options: SqliteOptions,
}

impl SqliteStore {
    /// Opens the store, and makes it when the file is missing. Blocks for some milliseconds; longer when the
    /// declarations changed and tables are made anew.
    ///
    /// # Errors
    /// `Unusable` when the file is foreign, newer, damaged or cannot be written, `Unavailable` when another process
    /// keeps it locked, `Full` when there is no room to make it.
    pub fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        let tables = options.collections.iter().map(|collection| Table::of(collection));
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let (path, connection) = open::writer(&options, &tables)?;
        let reader = || open::reader(&path, &options);
        let connections = |count: usize| (0..count.max(1)).map(|_| reader()).collect::<Result<_, _>>();
        let tables = Arc::new(Tables(tables));
        let broken = Arc::new(OnceLock::new());
        let threads = |error: std::io::Error| StoreError::Unavailable {
            reason: format!("cannot start the store's threads: {error}. Raise the limit of processes"),
        };
        Ok(Self {
            _check: LaterCheck::start(reader, &path, broken.clone())?,
            readers: Readers::start(connections(options.readers)?, connections(options.readers)?)?,
            writer: Writer::start(connection, tables.clone(), broken.clone()).map_err(threads)?,
            streams: Semaphore::new(STREAMS_AT_ONCE),
            tables,
            broken,
            path,
            options,
        })
    }

    /// Runs a read on the tables of a collection.
    async fn read<T: Send + 'static>(
        &self,
        collection: &'static Collection,
        read: impl Fn(&rusqlite::Connection, &Table) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, StoreError> {
        let tables = self.tables.clone();
        let read = move |connection: &rusqlite::Connection| read(connection, tables.of(collection)?);
        self.readers.run(read).await
    }
}

impl Store for SqliteStore {
    fn describe(&self) -> String {
        format!("SQLite {}, {}", rusqlite::version(), self.path.display())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { change_signal: false, shared: false }
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Box::pin(self.read(collection, move |connection, table| read::get(connection, table, id)))
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        let collection = query.collection;
        Box::pin(self.read(collection, move |connection, table| read::find(connection, table, &query)))
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        let tables = self.tables.clone();
        let read = move |connection: &rusqlite::Connection| read::find_many(connection, &tables, &queries);
        Box::pin(self.readers.run(read))
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(self.read(collection, move |connection, table| read::count(connection, table, &filter)))
    }

    fn near<'a>(
        &'a self,
        collection: &'static Collection,
        field: &'static str,
        longitude: f64,
        latitude: f64,
        within_m: f64,
        filter: Filter,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Near>, StoreError>> {
        let circle = Circle { longitude, latitude, within_m };
        Box::pin(self.read(collection, move |connection, table| {
            near::near(connection, table, field, circle, &filter, limit)
        }))
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        mut each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let closed = |what: &str| StoreError::Unavailable { reason: what.to_owned() };
            let _turn = self.streams.acquire().await.map_err(|_| closed("the store was closed"))?;
            let (give, mut given) = mpsc::channel(1);
            let (tables, path, options) = (self.tables.clone(), self.path.clone(), self.options.clone());
            let work = move || {
                let give_ok = |chunk| give.blocking_send(Ok(chunk)).is_ok();
                let outcome = open::reader(&path, &options).and_then(|mut connection| {
                    stream::stream(&mut connection, tables.of(collection)?, &filter, give_ok)
                        .map_err(|refusal| refusal.said(&format!("stream {}", collection.name)))
                });
                // The end is said too: a thread that dies must not look like the end.
                let _ = give.blocking_send(outcome.map(|()| Vec::new()));
            };
            std::thread::Builder::new()
                .name("store-stream".to_owned())
                .spawn(work)
                .map_err(|error| closed(&format!("cannot start a thread for a stream: {error}")))?;
            loop {
                match given.recv().await {
                    Some(Ok(chunk)) if chunk.is_empty() => return Ok(()),
                    Some(Ok(chunk)) => {
                        if !each(chunk) {
                            return Ok(());
                        }
                    }
                    Some(Err(error)) => return Err(error),
                    None => return Err(closed("the stream ended before its end")),
                }
            }
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if batch.is_empty() {
                return Ok(());
            }
            self.writer.commit(batch).await
        })
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if let Some(error) = self.broken.get() {
                return Err(error.clone());
            }
            self.writer.commit(Batch::new()).await
        })
    }
}
