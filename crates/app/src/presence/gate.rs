//! The gate before a server's store: shut while the store is being restored, and for saves when nobody has looked lately.
//! A process that is no server has it open.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use model::schema::Collection;
use model::{Clock, Id};
use store::{Batch, BoxFuture, Document, Filter, Layer, Near, Page, Query, Store, StoreError};

/// What is said while it is shut; fit for strangers.
pub(crate) const RESTORING: &str = "the store is being restored";
const NOT_LOOKED: &str = "it is not known at present whether the store is being restored; nothing was saved";

#[derive(Debug, Clone, Copy)]
enum State {
    Open,
    /// Saves are let through until then.
    OpenUntil(Timestamp),
    Shut,
}

/// Whether the store may be used.
#[derive(Debug)]
pub(crate) struct Gate(Mutex<State>);

impl Default for Gate {
    fn default() -> Self {
        Self(Mutex::new(State::Open))
    }
}

impl Gate {
    fn state(&self) -> State {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    pub(crate) fn open(&self) {
        self.set(State::Open);
    }

    pub(crate) fn open_until(&self, until: Timestamp) {
        self.set(State::OpenUntil(until));
    }

    pub(crate) fn shut(&self) {
        self.set(State::Shut);
    }

    /// Whether it is shut.
    pub(crate) fn is_shut(&self) -> bool {
        matches!(self.state(), State::Shut)
    }
}

/// A store behind its gate.
pub(crate) struct Gated {
    inner: Arc<dyn Store>,
    gate: Arc<Gate>,
    clock: Arc<dyn Clock>,
}

impl Gated {
    pub(crate) fn new(inner: Arc<dyn Store>, gate: Arc<Gate>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, gate, clock }
    }

    /// The store, unless the gate is shut.
    fn through(&self) -> Result<&dyn Store, StoreError> {
        if self.gate.is_shut() { Err(unavailable(RESTORING)) } else { Ok(&*self.inner) }
    }

    fn to_save(&self) -> Result<&dyn Store, StoreError> {
        match self.gate.state() {
            State::Shut => Err(unavailable(RESTORING)),
            State::OpenUntil(until) if self.clock.now() >= until => Err(unavailable(NOT_LOOKED)),
            State::Open | State::OpenUntil(_) => Ok(&*self.inner),
        }
    }
}

fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable { reason: reason.to_owned() }
}

fn refused<'a, T: Send + 'a>(error: StoreError) -> BoxFuture<'a, Result<T, StoreError>> {
    Box::pin(std::future::ready(Err(error)))
}

impl Layer for Gated {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        self.through().map_or_else(refused, |store| store.get(collection, id))
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        self.through().map_or_else(refused, |store| store.find(query))
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        self.through().map_or_else(refused, |store| store.find_many(queries))
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.through().map_or_else(refused, |store| store.count(collection, filter))
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
        self.through().map_or_else(refused, |store| {
            store.near(collection, field, longitude, latitude, within_m, filter, limit)
        })
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.through().map_or_else(refused, |store| store.stream(collection, filter, each))
    }

    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.through().map_or_else(refused, |store| store.stream_many(collections, each))
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        self.to_save().map_or_else(refused, |store| store.commit(batch))
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        self.through().map_or_else(refused, |store| store.check())
    }
}
