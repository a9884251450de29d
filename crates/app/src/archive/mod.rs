//! The archive: events that ended long ago leave `events` for `events_archive`, and come back when somebody or Outlook
//! needs them.
//!
//! What belongs together moves together: a series with its exceptions, each in one commit. Links stay where they are and
//! keep the event's id, so that a sync finds an archived event by the same look-up as a living one. Whatever changes an
//! archived event first brings it back (`docs/adr/0013-archived-events-come-back-to-be-changed.md`).

mod due;
mod find;
mod moves;
mod run;

pub use run::{Archived, Progress, run};

pub(crate) use find::{by_id, everywhere, of};
pub(crate) use moves::{Mover, bring_back};
