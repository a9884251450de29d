//! The laws on a store that fails by chance: an honest one passes, one that lies is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use store::contract::MemoryStore;
use store::{Batch, BoxFuture, Layer, Store, StoreError};

use super::commits::Commits;
use super::runs::Sync;

/// At which commits it is shaky: every so manieth.
const EVERY: u64 = 7;

/// What it does then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Nothing happens, and it says so.
    Refuses,
    /// It happens or not, by turns, and it says that it does not know.
    Forgets,
    /// It happens, and it says that nothing was written.
    Denies,
    /// Nothing happens, and it says that it did.
    Boasts,
}

struct Shaky {
    inner: MemoryStore,
    habit: Habit,
    commits: AtomicU64,
    is_calm: AtomicBool,
}

impl Shaky {
    fn new(habit: Habit) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            habit,
            commits: AtomicU64::new(0),
            // The ledgers are opened undisturbed.
            is_calm: AtomicBool::new(true),
        })
    }

    fn calm(&self, is_calm: bool) {
        self.is_calm.store(is_calm, Ordering::SeqCst);
    }

    async fn commit_by_habit(&self, batch: Batch) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        if !number.is_multiple_of(EVERY) || self.is_calm.load(Ordering::SeqCst) {
            return self.inner.commit(batch).await;
        }
        let reason = || "it is shaky".to_owned();
        match self.habit {
            Habit::Refuses => Err(StoreError::Unavailable { reason: reason() }),
            Habit::Forgets => {
                if number.is_multiple_of(2) {
                    self.inner.commit(batch).await?;
                }
                Err(StoreError::OutcomeUnknown { reason: reason() })
            }
            Habit::Denies => {
                self.inner.commit(batch).await?;
                Err(StoreError::Unavailable { reason: reason() })
            }
            Habit::Boasts => Ok(()),
        }
    }
}

async fn laws(habit: Habit) -> Vec<String> {
    let store = Shaky::new(habit);
    let commits = Commits::start(store.clone()).await;
    store.calm(false);
    commits.go_on(200).await;
    let seen = commits.end().await;
    assert!(seen.acknowledged > 0 && (habit == Habit::Boasts || seen.troubles > 0), "{seen:?}");
    assert!(habit != Habit::Forgets || seen.lookups > 0, "{seen:?}");
    seen.broken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_store_keeps_the_laws_of_commits() {
    for habit in [Habit::Refuses, Habit::Forgets] {
        assert_eq!(laws(habit).await, Vec::<String>::new(), "{habit:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_lies_is_found() {
    let denied = laws(Habit::Denies).await;
    assert!(denied.iter().any(|law| law.contains("nothing is said to have been written")), "{denied:?}");
    let boasted = laws(Habit::Boasts).await;
    assert!(!boasted.is_empty(), "what was never written is missed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_comes_through_on_a_shaky_store() {
    for habit in [Habit::Refuses, Habit::Forgets] {
        let store = Shaky::new(habit);
        let sync = Sync::new(store.clone()).await;
        store.calm(false);
        let failed = sync.clone().run().await;
        store.calm(true);
        assert_eq!(sync.broken().await, Vec::<String>::new(), "{habit:?} after {failed} failed runs");
    }
}

impl Layer for Shaky {
    fn inner(&self) -> &dyn Store {
        &self.inner
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.commit_by_habit(batch))
    }
}
