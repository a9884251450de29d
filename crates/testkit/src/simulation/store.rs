//! A store that fails and crashes as told, and lets the person here write between a run's commits.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Id;
use model::collections::{EVENTS, LEASES, SYNC_LINKS};
use model::schema::Collection;
use store::{Batch, BoxFuture, Capabilities, Document, Filter, Near, Page, Query, Store, StoreError, Write};

use super::run::Here;
use crate::random::Random;

/// How often the store fails, in a thousand commits each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StoreFaults {
    /// Nothing is written and the caller is told so.
    pub(super) unavailable: usize,
    /// The answer is lost; the commit happened or not.
    pub(super) outcome_unknown: usize,
    /// The process dies at this commit, before or after it happened.
    pub(super) crash: usize,
    /// The person here writes just before the commit.
    pub(super) write_here: usize,
}

/// What the runs wrote, counted as it was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) events_inserted: u64,
    pub(super) events_touched: u64,
    pub(super) links_touched: u64,
}

/// The store as a run sees it.
pub(super) struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Mutex<StoreFaults>,
    random: Mutex<Random>,
    is_dead: AtomicBool,
    counted: Mutex<Counted>,
    fired: AtomicU64,
    here: Mutex<Option<Arc<Here>>>,
}

impl FaultyStore {
    pub(super) fn new(inner: Arc<dyn Store>, seed: u64, faults: StoreFaults) -> Self {
        Self {
            inner,
            faults: Mutex::new(faults),
            random: Mutex::new(Random::new(seed, "store")),
            is_dead: AtomicBool::new(false),
            counted: Mutex::default(),
            fired: AtomicU64::new(0),
            here: Mutex::default(),
        }
    }

    /// The person here, who may write between commits.
    pub(super) fn set_here(&self, here: Arc<Here>) {
        *lock(&self.here) = Some(here);
    }

    /// No more faults.
    pub(super) fn calm(&self) {
        *lock(&self.faults) = StoreFaults::default();
    }

    /// A new process starts. Answers whether the old one had died.
    pub(super) fn restart(&self) -> bool {
        self.is_dead.swap(false, Ordering::SeqCst)
    }

    /// What was written since last asked.
    pub(super) fn take_counted(&self) -> Counted {
        std::mem::take(&mut lock(&self.counted))
    }

    /// How many faults were played.
    pub(super) fn fired(&self) -> u64 {
        self.fired.load(Ordering::SeqCst)
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.is_dead.load(Ordering::SeqCst) {
            Err(StoreError::Unavailable { reason: "the process is dead".to_owned() })
        } else {
            Ok(())
        }
    }

    fn chance(&self, per_mille: usize) -> bool {
        let plays = per_mille > 0 && lock(&self.random).chance(per_mille);
        if plays {
            self.fired.fetch_add(1, Ordering::SeqCst);
        }
        plays
    }

    fn count(&self, batch: &Batch) {
        let mut counted = lock(&self.counted);
        for write in &batch.writes {
            match write {
                Write::Insert { collection, .. } if collection.name == EVENTS.name => {
                    counted.events_inserted += 1
                }
                Write::Replace { collection, .. } | Write::Delete { collection, .. }
                    if collection.name == EVENTS.name =>
                {
                    counted.events_touched += 1;
                }
                Write::Insert { collection, .. }
                | Write::Replace { collection, .. }
                | Write::Delete { collection, .. }
                    if collection.name == SYNC_LINKS.name =>
                {
                    counted.links_touched += 1;
                }
                _ => {}
            }
        }
    }

    async fn commit_with_faults(&self, batch: Batch) -> Result<(), StoreError> {
        self.alive()?;
        let faults = *lock(&self.faults);
        let is_of_a_run = batch
            .writes
            .iter()
            .any(|write| matches!(write, Write::Update { collection, .. } if collection.name == LEASES.name));
        let here = lock(&self.here).clone();
        if let Some(here) = here.filter(|_| is_of_a_run && self.chance(faults.write_here)) {
            here.write().await;
        }
        if self.chance(faults.unavailable) {
            return Err(StoreError::Unavailable { reason: "the store is away".to_owned() });
        }
        let dies = self.chance(faults.crash);
        let is_lost = dies || self.chance(faults.outcome_unknown);
        if is_lost && lock(&self.random).chance(500) {
            self.is_dead.store(dies, Ordering::SeqCst);
            return Err(StoreError::OutcomeUnknown {
                reason: "the answer was lost; it did not happen".to_owned(),
            });
        }
        self.inner.commit(batch.clone()).await?;
        self.count(&batch);
        self.is_dead.store(dies, Ordering::SeqCst);
        if is_lost {
            return Err(StoreError::OutcomeUnknown { reason: "the answer was lost; it happened".to_owned() });
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for FaultyStore {
    fn describe(&self) -> String {
        format!("{} with faults", self.inner.describe())
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        Box::pin(async move {
            self.alive()?;
            self.inner.get(collection, id).await
        })
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            self.alive()?;
            self.inner.find(query).await
        })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move {
            self.alive()?;
            self.inner.find_many(queries).await
        })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            self.alive()?;
            self.inner.count(collection, filter).await
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
        self.inner.near(collection, field, longitude, latitude, within_m, filter, limit)
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.stream(collection, filter, each)
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.commit_with_faults(batch))
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.check()
    }
}
