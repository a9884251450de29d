//! The person here, who works while runs are under way.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use app::{App, Caller, archive};
use jiff::SignedDuration;
use model::Id;

use super::actors::writes_here;
use crate::random::Random;

/// The person here: an application of their own on the same store, without faults.
pub(super) struct Here {
    pub(super) app: App,
    pub(super) callers: Vec<Caller>,
    pub(super) random: Mutex<Random>,
    pub(super) notes: Mutex<BTreeMap<Id, String>>,
    pub(super) count: Mutex<u64>,
}

impl Here {
    /// What happens between two commits of a run: mostly a person writes, sometimes what is old goes to the archive.
    pub(super) async fn meddle(&self) {
        let archives = lock(&self.random).chance(250);
        if archives { self.archive().await } else { self.write().await }
    }

    /// Moves what ended some days ago to the archive, in this other process.
    pub(super) async fn archive(&self) {
        let days = lock(&self.random).below(6);
        let older_than = SignedDuration::from_hours(24 * (1 + i64::try_from(days).unwrap_or(0)));
        // A run that is under way elsewhere does it instead.
        let _ = archive::run(&self.app, None, older_than, false, &mut |_| {}).await;
    }

    /// Writes a note on some event.
    pub(super) async fn write(&self) {
        let mut random = lock(&self.random).clone();
        let number = {
            let mut count = lock(&self.count);
            *count += 1;
            *count
        };
        if let Some(caller) = random.pick(&self.callers).copied()
            && let Some((id, note)) = writes_here(&self.app, &caller, &mut random, number).await
        {
            lock(&self.notes).insert(id, note);
        }
        *lock(&self.random) = random;
    }
}

/// What a panic left behind is whole: the simulation changes one thing at a time.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
