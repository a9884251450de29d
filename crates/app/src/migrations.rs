//! Migrations of the stored form: numbered steps, one file each, forward and back.
//!
//! A migration is a pure change of one document at a time. What is here around it makes that safe: a lease, so that two
//! servers never do it at once; bounded batches, each one commit with the place it has come to, so that a process may die
//! at any of them; a look at everything before anything is changed; a digest of what was applied, so that a released
//! migration that was edited is refused. Doing a step again changes nothing, so that nothing is lost where a place was
//! not kept.

mod fields;
mod m0001_baseline;
mod m0002_occupied_intervals;
mod m0003_canonical_recurrence;
mod plan;
mod run;
mod status;

use std::borrow::Cow;

pub use model::documents::Way;
use model::schema::Collection;
use sha2::{Digest, Sha256};

pub use fields::{Fields, Trouble};
pub use plan::{Planned, PlannedStep, down_plan, up_plan};
pub use run::{Progress, down, up};
pub use status::{State, Status, is_new, is_untouched, pending, prepare, status, what_is_pending};

/// A step from one stored form to the next.
pub struct Migration {
    /// Its number; they are applied in this order.
    pub number: i64,
    /// What it does, in a few words.
    pub name: &'static str,
    /// What it changes, collection by collection.
    pub steps: &'static [Step],
    /// The text of its file: its digest is kept where it was applied.
    source: &'static str,
    /// Digests of earlier forms of the file that did the same to every document there was.
    also: &'static [&'static str],
}

/// What a migration changes in the documents of one collection.
pub struct Step {
    /// Which collection.
    pub collection: &'static Collection,
    /// Brings a document to the newer form; changes nothing in one that has it.
    pub up: Change,
    /// Brings a document back to the older form; `None` where there is no way back.
    pub down: Option<Change>,
}

/// A change of one document. A trouble stops the migration before anything is written.
pub type Change = fn(&mut Fields) -> Result<(), Trouble>;

/// All migrations this program knows.
pub static MIGRATIONS: &[&Migration] = &[
    &m0001_baseline::MIGRATION,
    &m0002_occupied_intervals::MIGRATION,
    &m0003_canonical_recurrence::MIGRATION,
];

impl Migration {
    /// Whether it can be taken back.
    pub fn is_reversible(&self) -> bool {
        self.steps.iter().all(|step| step.down.is_some())
    }

    /// Digest of the file it is written in.
    pub fn checksum(&self) -> String {
        // A checkout with other line ends is the same migration.
        let text = if self.source.contains('\r') {
            Cow::Owned(self.source.replace("\r\n", "\n"))
        } else {
            Cow::Borrowed(self.source)
        };
        hex::encode(Sha256::digest(text.as_bytes()))
    }

    fn is_known_as(&self, checksum: &str) -> bool {
        checksum == self.checksum() || self.also.contains(&checksum)
    }
}
