//! The lists of one collection, each with the generation it was read in. Pure but for the locks within: instants are
//! given.
//!
//! A generation ends when a write is answered, after it happened. A list is only shown in the generation in which its
//! reading began: one that was read before the write ended, or beside it, is never shown after it, whenever it arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use model::Id;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// All lists of a collection together, by the bytes of their stored texts.
const MOST_BYTES: u64 = 8 << 20;
/// What a list takes besides, which bounds how many there can be.
const LEAST_BYTES: u64 = 1 << 10;
/// How long nothing is kept after a commit of unknown outcome: longer than one takes.
const DOUBT_MS: i64 = 30_000;
/// There is doubt, from an instant on that the next look gives.
const DOUBT_BEGINS: i64 = i64::MAX;

/// Kept lists, by whose they are; `None` is everybody's.
pub(crate) struct Kept<R> {
    lists: Cache<Option<Id>, Arc<List<R>>, Size>,
    generation: AtomicU64,
    longest: SignedDuration,
    /// Nothing is kept before this, in milliseconds of Unix time.
    doubt_until_ms: AtomicI64,
}

struct List<R> {
    turn: Turn,
    /// `None`: it is too long to be kept.
    records: Option<Arc<[R]>>,
    bytes: u64,
}

/// A reading of a list, as it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    generation: u64,
    at: Timestamp,
}

/// What a look finds.
pub(crate) enum Look<R> {
    /// The list.
    Kept(Arc<[R]>),
    /// It must be read, and may be put here then.
    Read(Turn),
    /// It is not to be kept at present.
    Pass,
}

impl<R> Kept<R> {
    /// Lists are kept for so long at the most.
    pub(crate) fn new(longest: SignedDuration) -> Self {
        let most = usize::try_from(MOST_BYTES / LEAST_BYTES).unwrap_or_default();
        Self {
            lists: Cache::with_weighter(most, MOST_BYTES, Size),
            generation: AtomicU64::new(0),
            longest,
            doubt_until_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// What is there for this person now.
    pub(crate) fn look(&self, whose: Option<Id>, now: Timestamp) -> Look<R> {
        // Before the list: a write that is answered later makes the reading old.
        let generation = self.generation.load(Ordering::SeqCst);
        if self.is_in_doubt(now) {
            return Look::Pass;
        }
        match self.lists.get(&whose).filter(|list| self.is_fresh(list, generation, now)) {
            Some(list) => list.records.clone().map_or(Look::Pass, Look::Kept),
            None => Look::Read(Turn { generation, at: now }),
        }
    }

    /// Keeps what a reading found, unless it is old by now.
    pub(crate) fn put(&self, whose: Option<Id>, turn: Turn, records: &Arc<[R]>, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.insert(whose, List { turn, records: Some(records.clone()), bytes });
    }

    /// The reading found more than is kept: others need not try for a while.
    pub(crate) fn too_long(&self, whose: Option<Id>, turn: Turn) {
        self.insert(whose, List { turn, records: None, bytes: 0 });
    }

    /// A write was answered, or told of: what was read so far is old.
    pub(crate) fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// A write may have happened, or may yet.
    pub(crate) fn doubt(&self) {
        self.doubt_until_ms.store(DOUBT_BEGINS, Ordering::SeqCst);
        self.forget();
    }

    fn insert(&self, whose: Option<Id>, list: List<R>) {
        if list.turn.generation == self.generation.load(Ordering::SeqCst) {
            self.lists.insert(whose, Arc::new(list));
        }
    }

    fn is_fresh(&self, list: &List<R>, generation: u64, now: Timestamp) -> bool {
        // A clock that was set back makes nothing last longer.
        list.turn.generation == generation
            && list.turn.at <= now
            && now.duration_since(list.turn.at) < self.longest
    }

    fn is_in_doubt(&self, now: Timestamp) -> bool {
        let until_ms = self.doubt_until_ms.load(Ordering::SeqCst);
        if until_ms == DOUBT_BEGINS {
            let ends_ms = now.as_millisecond().saturating_add(DOUBT_MS);
            // Somebody else's newer doubt stays.
            let _ = self.doubt_until_ms.compare_exchange(
                DOUBT_BEGINS,
                ends_ms,
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
            return true;
        }
        now.as_millisecond() < until_ms
    }
}

#[derive(Clone)]
struct Size;

impl<R> Weighter<Option<Id>, Arc<List<R>>> for Size {
    fn weight(&self, _: &Option<Id>, list: &Arc<List<R>>) -> u64 {
        // As it is decoded, it takes somewhat more than its text.
        2 * list.bytes + LEAST_BYTES
    }
}

#[cfg(test)]
#[path = "kept_tests.rs"]
mod tests;
