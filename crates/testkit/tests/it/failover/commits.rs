//! A stream of commits: writers who keep a ledger and hold the store to each of its answers.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use model::Id;
use model::documents::{Calendar, Event, Record};
use store::{Batch, Filter, Store, StoreError, TypedStore};
use tokio::task::JoinHandle;

use super::{LOOKS, between_looks, until};

const WRITERS: u32 = 4;

/// What all writers have in common.
struct Common {
    store: Arc<dyn Store>,
    memory: Memory,
    acknowledged: AtomicU64,
    troubles: AtomicU64,
    lookups: AtomicU64,
    is_over: AtomicBool,
    broken: Mutex<Vec<String>>,
}

/// What the server knows of its transactions after it was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// Whether each happened, as MongoDB does: a commit that is sent again after a kill gets the true answer.
    Kept,
    /// Nothing, as the stand-in does: that commit is told never to have begun, and done again; then it collides with
    /// itself.
    Lost,
}

/// Writers at work.
pub(super) struct Commits {
    common: Arc<Common>,
    writers: Vec<JoinHandle<i64>>,
}

/// What they saw.
#[derive(Debug)]
pub(super) struct Seen {
    /// Broken laws, in words.
    pub(super) broken: Vec<String>,
    /// Commits that were acknowledged, or found out to have happened.
    pub(super) acknowledged: u64,
    /// Answers that were no success.
    pub(super) troubles: u64,
    /// Outcomes that were unknown and looked up.
    pub(super) lookups: u64,
}

fn id(writer: u32, number: i64) -> Id {
    Id::from_parts(writer, *b"fails", u32::try_from(number).unwrap())
}

fn event(writer: u32, number: i64) -> Event {
    let (owner, at) = (id(writer, 0), Timestamp::UNIX_EPOCH);
    let mut event = Event::new(id(writer, number), owner, owner, &format!("{writer}/{number}"), at, at);
    event.outlook_event_id = Some(format!("{writer}/{number}"));
    event.derive();
    event.touch(at);
    event
}

/// The writer's ledger, a calendar, after so many commits: its revision counts them.
fn ledger(writer: u32, commits: i64) -> Calendar {
    let mut calendar = Calendar::local(id(writer, 0), id(writer, 0), "ledger", "#000000");
    (0..=commits).for_each(|_| calendar.touch(Timestamp::UNIX_EPOCH));
    calendar
}

/// The `number`th commit: an event, and the ledger one further. It can happen once.
fn batch(writer: u32, number: i64) -> Batch {
    let ledger = ledger(writer, number);
    let mut batch = Batch::new();
    batch.insert(&event(writer, number)).unwrap();
    batch.replace(&ledger, ledger.revision - 1).unwrap();
    batch
}

impl Commits {
    /// Starts the writers on an empty store.
    pub(super) async fn start(store: Arc<dyn Store>) -> Self {
        Self::start_with(store, Memory::Kept).await
    }

    /// The same on a server that may have lost what it knew.
    pub(super) async fn start_with(store: Arc<dyn Store>, memory: Memory) -> Self {
        for writer in 1..=WRITERS {
            let mut batch = Batch::new();
            batch.insert(&ledger(writer, 0)).unwrap();
            store.commit(batch).await.unwrap();
        }
        let common = Arc::new(Common {
            store,
            memory,
            acknowledged: AtomicU64::new(0),
            troubles: AtomicU64::new(0),
            lookups: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            broken: Mutex::default(),
        });
        let writers = (1..=WRITERS).map(|writer| tokio::spawn(common.clone().write(writer))).collect();
        Self { common, writers }
    }

    /// Waits until so many more commits were acknowledged: the service answers.
    pub(super) async fn go_on(&self, more: u64) {
        let wanted = self.acknowledged() + more;
        if !until(async || self.acknowledged() >= wanted || self.is_broken()).await {
            self.common.breaks(format!("the service did not go on: {more} more commits were waited for"));
        }
    }

    /// Waits until something went wrong that had not before; whether it did.
    pub(super) async fn see_trouble(&self) -> bool {
        let before = self.common.troubles.load(Ordering::SeqCst);
        until(async || self.common.troubles.load(Ordering::SeqCst) > before || self.is_broken()).await
    }

    pub(super) fn acknowledged(&self) -> u64 {
        self.common.acknowledged.load(Ordering::SeqCst)
    }

    fn is_broken(&self) -> bool {
        !self.common.broken.lock().unwrap().is_empty()
    }

    /// Lets each writer end its commit, and holds the store against the ledgers.
    pub(super) async fn end(self) -> Seen {
        self.common.is_over.store(true, Ordering::SeqCst);
        let mut last = Vec::new();
        for writer in self.writers {
            last.push(writer.await.unwrap());
        }
        for (writer, commits) in (1..).zip(last) {
            let broken = check(&*self.common.store, writer, commits).await;
            self.common.broken.lock().unwrap().extend(broken);
        }
        let broken = self.common.broken.lock().unwrap().clone();
        let seen = |counter: &AtomicU64| counter.load(Ordering::SeqCst);
        Seen {
            broken,
            acknowledged: seen(&self.common.acknowledged),
            troubles: seen(&self.common.troubles),
            lookups: seen(&self.common.lookups),
        }
    }
}

/// Everything this writer was told is there, once, and nothing else of it.
async fn check(store: &dyn Store, writer: u32, commits: i64) -> Vec<String> {
    let mut broken = Vec::new();
    let found: Calendar = store.read(id(writer, 0)).await.unwrap().unwrap();
    if found != ledger(writer, commits) {
        broken.push(format!("writer {writer}: the ledger is at {}, not at {}", found.revision, commits + 1));
    }
    let mine = Filter::Eq("user_id", id(writer, 0).into());
    let events: Vec<Event> = store.all(mine).await.unwrap();
    let numbers: BTreeSet<Id> = events.iter().map(|event| event.id).collect();
    if numbers.len() != events.len() {
        broken.push(format!("writer {writer}: an event is there twice"));
    }
    for number in 1..=commits {
        if !events.contains(&event(writer, number)) {
            broken.push(format!("writer {writer}: commit {number} was acknowledged and is lost"));
        }
    }
    if i64::try_from(events.len()).unwrap() > commits {
        broken.push(format!("writer {writer}: {} events after {commits} commits", events.len()));
    }
    broken
}

impl Common {
    /// Commits one after the other; how many happened.
    async fn write(self: Arc<Self>, writer: u32) -> i64 {
        let mut number = 0;
        while !self.is_over.load(Ordering::SeqCst) {
            if let Err(reason) = self.commit(writer, number + 1).await {
                self.breaks(format!("writer {writer}, commit {}: {reason}", number + 1));
                return number;
            }
            number += 1;
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
        number
    }

    /// Commits until it is certain that it happened.
    async fn commit(&self, writer: u32, number: i64) -> Result<(), String> {
        let mut may_have_happened = self.memory == Memory::Lost;
        for _ in 0..LOOKS {
            match self.store.commit(batch(writer, number)).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Unavailable { .. }) => {}
                Err(StoreError::OutcomeUnknown { .. }) => {
                    may_have_happened = true;
                    self.lookups.fetch_add(1, Ordering::SeqCst);
                }
                // The one that nobody knew of came first.
                Err(StoreError::Duplicate { .. } | StoreError::RevisionMismatch { .. })
                    if may_have_happened => {}
                Err(other) => {
                    return Err(format!("{other}, although nothing is said to have been written before"));
                }
            }
            self.troubles.fetch_add(1, Ordering::SeqCst);
            if may_have_happened && self.happened(writer, number).await {
                return Ok(());
            }
            between_looks().await;
        }
        Err("the service did not come back".to_owned())
    }

    /// Finds out whether a commit happened.
    async fn happened(&self, writer: u32, number: i64) -> bool {
        for _ in 0..LOOKS {
            if let Ok(ledger) = self.store.read::<Calendar>(id(writer, 0)).await {
                return ledger.is_some_and(|ledger| ledger.revision > number);
            }
            between_looks().await;
        }
        false
    }

    fn breaks(&self, reason: String) {
        self.broken.lock().unwrap().push(reason);
    }
}
