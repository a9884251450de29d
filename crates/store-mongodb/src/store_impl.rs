//! The port on MongoDB.

use model::Id;
use model::schema::Collection;
use store::{
    Batch, BoxFuture, Capabilities, Changes, Document, Filter, LayoutFinding, Near, Page, Query, Store,
    StoreError,
};

use crate::changes::MongoChanges;
use crate::connections::Connections;
use crate::engine::Engine;
use crate::near::Circle;
use crate::options::MongoOptions;
use crate::verdict::Asked;
use crate::{inspect, near, open, read, stream, transaction};

/// A store in a database of MongoDB.
pub struct MongoStore {
    engine: Engine,
}

impl MongoStore {
    /// Connects, refuses what it cannot work with, and makes collections, validators and indexes as declared.
    ///
    /// # Errors
    /// `Unusable` when the address, the server or its data cannot be used, with what to do; `Unavailable` when no primary
    /// answers.
    pub async fn open(options: MongoOptions) -> Result<Self, StoreError> {
        let store = Self::open_as_it_is(options).await?;
        open::prepare(&store.engine).await?;
        Ok(store)
    }

    /// Connects and makes nothing: for whoever wants to see what is there. [`Store::mend`] then makes what is missing.
    ///
    /// # Errors
    /// Those of [`MongoStore::open`], but for the data's.
    pub async fn open_as_it_is(options: MongoOptions) -> Result<Self, StoreError> {
        Ok(Self { engine: open::open_as_it_is(options).await? })
    }

    /// What to close before the runtime ends that this store was opened in.
    #[must_use]
    pub fn connections(&self) -> Connections {
        Connections(self.engine.client.clone())
    }

    /// How the server would find what a listing asks for: the stages of its plan, as `explain` says them. For tests and
    /// for whoever looks for the reason of a slow query.
    ///
    /// # Errors
    /// Those of [`Store::find`].
    pub async fn plan(&self, query: Query) -> Result<Vec<String>, StoreError> {
        Ok(self.work(query).await?.0)
    }

    /// The same, and how many documents the server looks at for the page.
    ///
    /// # Errors
    /// Those of [`Store::find`].
    pub async fn work(&self, query: Query) -> Result<(Vec<String>, i64), StoreError> {
        let engine = &self.engine;
        engine.bounded(read::reading(query.collection), read::plan(engine, &query)).await
    }
}

impl Store for MongoStore {
    fn describe(&self) -> String {
        self.engine.server.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { change_signal: true, shared: true }
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        let engine = &self.engine;
        Box::pin(engine.bounded(read::reading(collection), read::get(engine, collection, id)))
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            let engine = &self.engine;
            engine.bounded(read::reading(query.collection), read::find(engine, &query)).await
        })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move {
            let engine = &self.engine;
            match queries.as_slice() {
                [] => Ok(Vec::new()),
                [query] => {
                    let asked = read::reading(query.collection);
                    Ok(vec![engine.bounded(asked, read::find(engine, query)).await?])
                }
                queries => {
                    let asked = Asked { what: "read", collection: None };
                    engine.bounded(asked, read::find_many(engine, queries)).await
                }
            }
        })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let engine = &self.engine;
            engine.bounded(read::reading(collection), read::count(engine, collection, &filter)).await
        })
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
        Box::pin(async move {
            let engine = &self.engine;
            let circle = Circle { longitude, latitude, within_m };
            let near = near::near(engine, collection, field, circle, &filter, limit);
            engine.bounded(read::reading(collection), near).await
        })
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        mut each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut session = stream::moment(&self.engine, collection).await?;
            stream::stream(&self.engine, &mut session, collection, &filter, &mut *each).await.map(|_| ())
        })
    }

    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        mut each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let Some((first, _)) = collections.first() else { return Ok(()) };
            let mut session = stream::moment(&self.engine, first).await?;
            for (collection, filter) in collections {
                let mut of_one = |documents| each(collection, documents);
                if !stream::stream(&self.engine, &mut session, collection, &filter, &mut of_one).await? {
                    break;
                }
            }
            Ok(())
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            if batch.is_empty() {
                return Ok(());
            }
            transaction::commit(&self.engine, &batch).await
        })
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let asked = Asked { what: "reach the primary", collection: None };
            let hello = self.engine.bounded(asked, open::hello(&self.engine.database)).await?;
            let is = |name: &str| hello.get_bool(name).unwrap_or(false);
            if is("isWritablePrimary") || is("ismaster") {
                Ok(())
            } else {
                Err(StoreError::Unavailable {
                    reason: "the MongoDB server that answers is not the primary; it may be electing one"
                        .to_owned(),
                })
            }
        })
    }

    fn changes(&self) -> Option<Box<dyn Changes>> {
        let engine = &self.engine;
        Some(Box::new(MongoChanges::new(engine.database.clone(), engine.options.collections)))
    }

    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        Box::pin(async move {
            let asked = Asked { what: "look at the collections", collection: None };
            self.engine.bounded(asked, inspect::inspect(&self.engine)).await
        })
    }

    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(open::prepare(&self.engine))
    }
}
