//! A store that fails and crashes as told, and lets the person here and the archive write between a run's commits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE, LEASES, SYNC_LINKS};
use model::schema::Collection;
use store::{Batch, BoxFuture, Document, Filter, Layer, Page, Query, Store, StoreError, Write};

use super::here::Here;
use super::mutants::Mutant;
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
    /// The person here writes just before the commit, or old events go to the archive.
    pub(super) write_here: usize,
}

/// What the runs wrote, counted as it happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) events_inserted: u64,
    pub(super) events_changed: u64,
    pub(super) events_removed: u64,
    pub(super) links_touched: u64,
    /// Commits whose answer was lost.
    pub(super) lost: u64,
}

/// The store as a run sees it.
pub(super) struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Mutex<StoreFaults>,
    random: Mutex<Random>,
    is_dead: AtomicBool,
    counted: Mutex<Counted>,
    mutant: Option<Mutant>,
    here: Mutex<Option<Arc<Here>>>,
}

impl FaultyStore {
    pub(super) fn new(inner: Arc<dyn Store>, seed: u64, faults: StoreFaults, mutant: Option<Mutant>) -> Self {
        Self {
            inner,
            faults: Mutex::new(faults),
            random: Mutex::new(Random::new(seed, "store")),
            is_dead: AtomicBool::new(false),
            counted: Mutex::default(),
            mutant,
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

    fn alive(&self) -> Result<(), StoreError> {
        if self.is_dead.load(Ordering::SeqCst) {
            Err(StoreError::Unavailable { reason: "the process is dead".to_owned() })
        } else {
            Ok(())
        }
    }

    fn chance(&self, per_mille: usize) -> bool {
        per_mille > 0 && lock(&self.random).chance(per_mille)
    }

    fn count(&self, batch: &Batch) {
        let is_move = |write: &Write| {
            matches!(write, Write::Insert { collection, .. } | Write::Delete { collection, .. }
                if collection.name == EVENTS_ARCHIVE.name)
        };
        // What goes to the archive or comes back is neither made nor changed.
        if batch.writes.iter().any(is_move) {
            return;
        }
        let mut counted = lock(&self.counted);
        for write in &batch.writes {
            match write {
                Write::Insert { collection, .. } if collection.name == EVENTS.name => {
                    counted.events_inserted += 1
                }
                Write::Replace { collection, document, .. } if collection.name == EVENTS.name => {
                    if document.json.contains("\"removed_at\"") {
                        counted.events_removed += 1;
                    } else {
                        counted.events_changed += 1;
                    }
                }
                Write::Delete { collection, .. } if collection.name == EVENTS.name => {
                    counted.events_removed += 1;
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
            here.meddle().await;
        }
        if self.chance(faults.unavailable) {
            return Err(StoreError::Unavailable { reason: "the store is away".to_owned() });
        }
        let dies = self.chance(faults.crash);
        let is_lost = dies || self.chance(faults.outcome_unknown);
        if is_lost && lock(&self.random).chance(500) {
            self.is_dead.store(dies, Ordering::SeqCst);
            lock(&self.counted).lost += 1;
            return Err(StoreError::OutcomeUnknown {
                reason: "the answer was lost; it did not happen".to_owned(),
            });
        }
        match self.mutant {
            None => self.inner.commit(batch.clone()).await?,
            Some(mutant) => {
                for part in mutant.breaks(batch.clone()) {
                    self.inner.commit(part).await?;
                    if self.mutant == Some(Mutant::CursorBeforePage) && self.chance(faults.crash) {
                        self.is_dead.store(true, Ordering::SeqCst);
                        self.alive()?;
                    }
                }
            }
        }
        self.count(&batch);
        self.is_dead.store(dies, Ordering::SeqCst);
        if is_lost {
            lock(&self.counted).lost += 1;
            return Err(StoreError::OutcomeUnknown { reason: "the answer was lost; it happened".to_owned() });
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Layer for FaultyStore {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn describe(&self) -> String {
        format!("{} with faults", self.inner.describe())
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

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.commit_with_faults(batch))
    }
}
