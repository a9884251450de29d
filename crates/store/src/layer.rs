//! A store around another one.
//!
//! Written out by hand, a wrapper forgets the calls that have a default in the port: those then do without what the engine
//! can. A layer hands on every call that it says nothing about.

use model::Id;
use model::schema::Collection;

use crate::changes::Changes;
use crate::port::{BoxFuture, Capabilities, LayoutFinding, Near, Page, Store, StoreError};
use crate::query::{Filter, Query};
use crate::write::{Batch, Document};

/// A store that has something to say about some calls, and hands the others to the one inside. Each method is the one of
/// [`Store`] with its name; whatever is a layer is a store.
pub trait Layer: Send + Sync {
    /// The store inside.
    fn inner(&self) -> &dyn Store;

    /// [`Store::describe`].
    fn describe(&self) -> String {
        self.inner().describe()
    }

    /// [`Store::capabilities`].
    fn capabilities(&self) -> Capabilities {
        self.inner().capabilities()
    }

    /// [`Store::get`].
    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        self.inner().get(collection, id)
    }

    /// [`Store::find`].
    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        self.inner().find(query)
    }

    /// [`Store::find_many`].
    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        self.inner().find_many(queries)
    }

    /// [`Store::count`].
    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.inner().count(collection, filter)
    }

    /// [`Store::near`].
    #[expect(clippy::too_many_arguments, reason = "each is one word of the question")]
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
        self.inner().near(collection, field, longitude, latitude, within_m, filter, limit)
    }

    /// [`Store::stream`].
    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner().stream(collection, filter, each)
    }

    /// [`Store::stream_many`].
    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner().stream_many(collections, each)
    }

    /// [`Store::commit`].
    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner().commit(batch)
    }

    /// [`Store::check`].
    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner().check()
    }

    /// [`Store::changes`].
    fn changes(&self) -> Option<Box<dyn Changes>> {
        self.inner().changes()
    }

    /// [`Store::inspect`].
    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        self.inner().inspect()
    }

    /// [`Store::mend`].
    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner().mend()
    }
}

impl<L: Layer> Store for L {
    fn describe(&self) -> String {
        Layer::describe(self)
    }

    fn capabilities(&self) -> Capabilities {
        Layer::capabilities(self)
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Layer::get(self, collection, id)
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Layer::find(self, query)
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Layer::find_many(self, queries)
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Layer::count(self, collection, filter)
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
        Layer::near(self, collection, field, longitude, latitude, within_m, filter, limit)
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Layer::stream(self, collection, filter, each)
    }

    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Layer::stream_many(self, collections, each)
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Layer::commit(self, batch)
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Layer::check(self)
    }

    fn changes(&self) -> Option<Box<dyn Changes>> {
        Layer::changes(self)
    }

    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        Layer::inspect(self)
    }

    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Layer::mend(self)
    }
}
