//! Backups: everything that must not be lost, in one file that MongoDB's own tools take too; and the way back.
//!
//! A backup is an archive of mongodump's with one collection more, the manifest, which says what is in it. It is read as
//! of one moment where the engine can. What ends by itself or only means something to running processes is not in it:
//! sessions (people sign in again after a restore), one-time codes, idempotency keys, leases. Provider tokens are in it
//! as they are stored: sealed with a key that is not.

mod ahead;
mod baseline;
mod contents;
mod create;
mod fill;
mod keep;
mod manifest;
mod mark;
mod plan;
mod proof;
mod restore;
mod sealed;
mod tally;
mod verify;

use model::collections::{ALL, IDEMPOTENCY_KEYS, LEASES, ONE_TIME_CODES, SESSIONS};
use model::schema::Collection;
use store::Filter;

pub use contents::{Contents, Counted, inspect};
pub(crate) use create::{Beside, How, write_beside};
pub use create::{CreateOptions, Made, create};
pub use keep::{
    Keeping, Occasion, make_and_keep, newest, newest_before_migration, newest_scheduled, sweep_partial,
};
pub use mark::{Before, InPlace, unfinished};
pub(crate) use plan::{Measure, measure};
pub use plan::{PlannedBackup, PlannedCollection, plan};
pub use restore::{
    MarkedStore, Restored, begin_in_place, is_empty, restore_beside, restore_in_place, restore_marked,
    roll_back,
};
pub use sealed::{Origin, Recipient};
pub use verify::verify;

/// The version of this program, as backups name it.
const PRODUCT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The database that a backup says it comes from. `mongorestore --nsFrom 'callboard.*' --nsTo …` gives it another.
const DATABASE: &str = "callboard";

/// What is in a backup, in the order it is written.
pub fn collections() -> impl Iterator<Item = &'static Collection> {
    let left_out = [&SESSIONS, &ONE_TIME_CODES, &IDEMPOTENCY_KEYS, &LEASES];
    ALL.iter().copied().filter(move |one| left_out.iter().all(|left_out| left_out.name != one.name))
}

/// The same as a stream of all of it is asked for.
fn everything() -> Vec<(&'static Collection, Filter)> {
    collections().map(|collection| (collection, Filter::All(Vec::new()))).collect()
}

/// Hears how far long work is: documents done so far.
pub type Progress<'a> = &'a mut (dyn FnMut(u64) + Send);

/// That a backup cannot be used, and why.
fn refused(reason: impl Into<String>) -> crate::AppError {
    crate::AppError::Conflict { code: "backup_refused", detail: reason.into() }
}
