//! The port on SQLite: hands reads to the readers, batches to the writer, streams to threads of their own.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use model::Id;
use model::schema::Collection;
use store::{
    Batch, BoxFuture, Capabilities, Document, Filter, LayoutFinding, Near, Page, Query, Store, StoreError,
};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::errors::Refusal;
use crate::gate::Gate;
use crate::integrity::LaterCheck;
use crate::layout::Table;
use crate::near::Circle;
use crate::open::Stage;
use crate::options::SqliteOptions;
use crate::readers::Readers;
use crate::writer::{Broken, Writer};
use crate::{file, inspect, mend, near, open, read, readers, stream};

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
    _gate: Option<Gate>,
}

impl SqliteStore {
    /// Opens the store, and makes it when the file is missing. Blocks for some milliseconds; longer when the
    /// declarations changed and tables are made anew.
    ///
    /// # Errors
    /// `Unusable` when the file is foreign or cannot be written, `Unreadable` when it is damaged or newer, `Unavailable` when another process
    /// keeps it locked, `Full` when there is no room to make it.
    pub fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        file::make_folder_of(&options.path)?;
        let path = file::resolved(&options.path)?;
        let gate = Gate::shared(&path)?;
        if gate.is_some() && Self::is_of_another_version(&options)? {
            drop(gate);
            Self::make_tables_anew(&options, &path)?;
            let gate = Gate::shared(&path)?;
            return Self::open_behind(options, gate, Stage::InUse);
        }
        Self::open_behind(options, gate, Stage::InUse)
    }

    /// Whether the file has tables that another version laid out, so that they are to be made anew.
    fn is_of_another_version(options: &SqliteOptions) -> Result<bool, StoreError> {
        open::is_of_another_version(options, &tables_of(options)?)
    }

    /// With nobody else inside: another version goes on writing by the layout that it found when it opened the file.
    fn make_tables_anew(options: &SqliteOptions, path: &Path) -> Result<(), StoreError> {
        let gate = Gate::exclusive(path).map_err(|error| match error {
            StoreError::Unavailable { .. } => StoreError::Unavailable {
                reason: format!(
                    "the store {} is open in a Callboard of another version, which lays it out otherwise. Stop that one, then \
                     try again; nothing was changed",
                    path.display()
                ),
            },
            error => error,
        })?;
        drop(Self::open_behind(options.clone(), Some(gate), Stage::InUse)?);
        Ok(())
    }

    /// The same, and nobody else has it open until it is dropped.
    ///
    /// # Errors
    /// Those of [`SqliteStore::open`]; `Unavailable` also while somebody has it open.
    pub fn open_alone(options: SqliteOptions) -> Result<Self, StoreError> {
        file::make_folder_of(&options.path)?;
        let gate = Gate::exclusive(&file::resolved(&options.path)?)?;
        Self::open_behind(options, Some(gate), Stage::InUse)
    }

    /// Opens the store for whoever holds its gate, or has a file that nobody else knows of.
    pub(crate) fn open_behind(
        options: SqliteOptions,
        gate: Option<Gate>,
        stage: Stage,
    ) -> Result<Self, StoreError> {
        let tables = tables_of(&options)?;
        let (path, connection) = open::writer(&options, &tables, stage)?;
        let reader = || open::reader(&path, &options);
        let connections = |count: usize| (0..count.max(1)).map(|_| reader()).collect::<Result<_, _>>();
        let tables = Arc::new(Tables(tables));
        let broken = Arc::new(OnceLock::new());
        let threads = |error: std::io::Error| StoreError::Unavailable {
            reason: format!("cannot start the store's threads: {error}. Raise the limit of processes"),
        };
        Ok(Self {
            _check: LaterCheck::start(reader, &path, broken.clone())?,
            readers: Readers::start(
                connections(options.readers)?,
                connections(options.readers)?,
                broken.clone(),
            )?,
            writer: Writer::start(connection, tables.clone(), broken.clone()).map_err(threads)?,
            streams: Semaphore::new(STREAMS_AT_ONCE),
            tables,
            broken,
            path,
            options,
            _gate: gate,
        })
    }

    /// How SQLite would find what a listing asks for, a line for each step as `EXPLAIN QUERY PLAN` says it. For tests and
    /// for whoever looks for the reason of a slow query.
    pub async fn plan(&self, query: Query) -> Result<Vec<String>, StoreError> {
        let collection = query.collection;
        self.read(collection, move |connection, table| read::plan(connection, table, &query)).await
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

    /// The same; a search through texts goes to the pool at once.
    async fn read_matching<T: Send + 'static>(
        &self,
        collection: &'static Collection,
        searches_texts: bool,
        read: impl Fn(&rusqlite::Connection, &Table) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, StoreError> {
        if !searches_texts {
            return self.read(collection, read).await;
        }
        let tables = self.tables.clone();
        self.readers.run_in_pool(move |connection| read(connection, tables.of(collection)?)).await
    }
}

fn tables_of(options: &SqliteOptions) -> Result<Vec<Table>, StoreError> {
    options.collections.iter().map(|collection| Table::of(collection)).collect()
}

/// Hands a chunk of the collection at a position to whoever reads the stream, who says whether to go on.
type Give<'a> = &'a mut dyn FnMut(usize, Vec<Document>) -> bool;

impl SqliteStore {
    /// Streams on a connection and a thread of its own.
    async fn streamed<'a>(
        &'a self,
        work: impl FnOnce(&mut rusqlite::Connection, &Tables, Give<'_>) -> Result<(), Refusal> + Send + 'static,
        mut each: Box<dyn FnMut(usize, Vec<Document>) -> bool + Send + 'a>,
    ) -> Result<(), StoreError> {
        let closed = |what: &str| StoreError::Unavailable { reason: what.to_owned() };
        let _turn = self.streams.acquire().await.map_err(|_| closed("the store was closed"))?;
        let (send, mut given) = mpsc::channel(1);
        let (tables, path, options) = (self.tables.clone(), self.path.clone(), self.options.clone());
        let broken = self.broken.clone();
        let work = move || {
            let mut give =
                |position: usize, chunk: Vec<Document>| send.blocking_send(Ok((position, chunk))).is_ok();
            let outcome = open::reader(&path, &options).and_then(|mut connection| {
                work(&mut connection, &tables, &mut give)
                    .map_err(|refusal| readers::said(refusal, "stream the store", &broken))
            });
            // The end is said too: a thread that dies must not look like the end.
            let _ = send.blocking_send(outcome.map(|()| (0, Vec::new())));
        };
        std::thread::Builder::new()
            .name("store-stream".to_owned())
            .spawn(work)
            .map_err(|error| closed(&format!("cannot start a thread for a stream: {error}")))?;
        loop {
            match given.recv().await {
                Some(Ok((_, chunk))) if chunk.is_empty() => return Ok(()),
                Some(Ok((position, chunk))) => {
                    if !each(position, chunk) {
                        return Ok(());
                    }
                    // What runs beside the stream in one task has its turn after every chunk, not when the disk is slow.
                    tokio::task::yield_now().await;
                }
                Some(Err(error)) => return Err(error),
                None => return Err(closed("the stream ended before its end")),
            }
        }
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
        let (collection, searches_texts) = (query.collection, query.filter.searches_texts());
        let find =
            move |connection: &rusqlite::Connection, table: &Table| read::find(connection, table, &query);
        Box::pin(self.read_matching(collection, searches_texts, find))
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        let tables = self.tables.clone();
        let searches_texts = queries.iter().any(|query| query.filter.searches_texts());
        let read = move |connection: &rusqlite::Connection| read::find_many(connection, &tables, &queries);
        Box::pin(async move {
            if searches_texts { self.readers.run_in_pool(read).await } else { self.readers.run(read).await }
        })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        let searches_texts = filter.searches_texts();
        let count =
            move |connection: &rusqlite::Connection, table: &Table| read::count(connection, table, &filter);
        Box::pin(self.read_matching(collection, searches_texts, count))
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
        let work = move |connection: &mut rusqlite::Connection, tables: &Tables, give: Give<'_>| {
            stream::stream(connection, tables.of(collection)?, &filter, |chunk| give(0, chunk))
        };
        Box::pin(self.streamed(work, Box::new(move |_, chunk| each(chunk))))
    }

    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        mut each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let named: Vec<&'static Collection> = collections.iter().map(|(collection, _)| *collection).collect();
        let work = move |connection: &mut rusqlite::Connection, tables: &Tables, give: Give<'_>| {
            let wanted = collections.iter().map(|(collection, filter)| Ok((tables.of(collection)?, filter)));
            stream::stream_many(connection, &wanted.collect::<Result<Vec<_>, Refusal>>()?, give)
        };
        let each_of = move |position: usize, chunk| {
            named.get(position).is_some_and(|collection| each(collection, chunk))
        };
        Box::pin(self.streamed(work, Box::new(each_of)))
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

    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        let tables = self.tables.clone();
        Box::pin(self.readers.run(move |connection| inspect::inspect(connection, &tables.0)))
    }

    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        let (tables, path, options) = (self.tables.clone(), self.path.clone(), self.options.clone());
        let work = move || {
            let connection = open::for_upkeep(&path, &options)?;
            mend::mend(&connection, &tables.0).map_err(|refusal| refusal.said("make the indexes"))
        };
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let given_up = |error: &dyn std::fmt::Display| StoreError::Unavailable {
                reason: format!("the indexes could not be made: {error}"),
            };
            std::thread::Builder::new()
                .name("store-upkeep".to_owned())
                .spawn(move || answer.send(work()))
                .map_err(|error| given_up(&error))?;
            answered.await.map_err(|error| given_up(&error))?
        })
    }
}
