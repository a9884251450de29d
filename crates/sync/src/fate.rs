//! What becomes of an exception whose item is gone at the provider.
//!
//! The item of an exception goes in two ways: its date was cancelled, or it was reset and is a plain occurrence again (a
//! series that was changed drops its exceptions). In the second case the date is still there, and so is the crew.

use model::documents::Event;

use crate::local::{Standing, inherit};

/// What is to be done with the exception here.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// The series shows its date again, and the house wrote nothing on it: the document goes.
    Plain,
    /// The series shows its date again, or what it shows is not known: the document keeps what the house wrote, and has
    /// the rest from its series as soon as that says something of the date.
    Overlay(Box<Event>),
    /// Nothing shows its date: it goes as a deleted event goes.
    Gone,
}

/// The fate of `exception`, whose item is gone. `master` is its series, as far as that is here; `siblings` are the other
/// exceptions of the series.
pub fn without_item(exception: &Event, master: Option<&Event>, siblings: &[Event]) -> Fate {
    let Some(master) = master.filter(|master| master.is_recurring && master.removed_at.is_none()) else {
        return Fate::Gone;
    };
    let stands_there = |other: &&Event| {
        other.id != exception.id
            && other.removed_at.is_none()
            && other.original_date == exception.original_date
    };
    let mut overlay = exception.clone();
    let standing = inherit(&mut overlay, master);
    // A date shows one event: beside another exception of it there is no place for what was written on this one.
    if standing == Standing::Gone || siblings.iter().any(|other| stands_there(&other)) {
        return Fate::Gone;
    }
    if !exception.has_internal_data() {
        // A series that says nothing of the date does not show it either.
        return if standing == Standing::There { Fate::Plain } else { Fate::Gone };
    }
    overlay.inherits_shared = Some(true);
    overlay.outlook_event_id = None;
    overlay.outlook_etag = None;
    overlay.calendar_id = master.calendar_id;
    overlay.sync_status = master.sync_status;
    overlay.sync_errors = Vec::new();
    overlay.derive();
    Fate::Overlay(Box::new(overlay))
}
