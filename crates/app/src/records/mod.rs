//! The records people work with: events, calendars, categories, locations. One operation, one file.
//!
//! Every operation takes the caller and answers for what they may see; a foreign id is answered like an unknown one.
//! What changes a record also writes the audit entry and moves the usage counts, in the same commit.

pub(crate) mod access;
pub mod calendars;
pub mod categories;
pub mod changes;
pub mod events;
mod input;
mod keep;
pub mod locations;
pub mod merge_patch;
pub mod names;
mod occurrence_text;
pub mod occurrences;
pub(crate) mod recount;
pub mod seed;
pub mod sync_logs;
pub mod usage;

pub use recount::recount;
