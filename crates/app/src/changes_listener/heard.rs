//! What was heard and not told yet, bounded: very much of it is the same as everything.

use std::collections::BTreeSet;

use model::Id;
use model::collections::{ADMIN_EXPORTS, CALENDARS, EVENTS, EVENTS_ARCHIVE};
use store::Change;

/// Of more documents than these at once browsers are told to read everything again.
const MOST: usize = 2_000;

/// Documents that browsers show and that changed. Empty at first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Anything may have changed; then nothing else is kept.
    pub(super) everything: bool,
    /// Living or archived: an event that moves between the two is told once.
    pub(super) events: BTreeSet<Id>,
    pub(super) calendars: BTreeSet<Id>,
    pub(super) exports: BTreeSet<Id>,
}

impl Heard {
    /// Adds a change. What browsers do not show is left out.
    pub(super) fn note(&mut self, change: Change) {
        if self.everything {
            return;
        }
        match change {
            Change::Anything => self.everything = true,
            Change::Document { collection, id, .. } => {
                if collection == EVENTS.name || collection == EVENTS_ARCHIVE.name {
                    self.events.insert(id);
                } else if collection == CALENDARS.name {
                    self.calendars.insert(id);
                } else if collection == ADMIN_EXPORTS.name {
                    self.exports.insert(id);
                }
            }
        }
        if self.everything || self.events.len() + self.calendars.len() + self.exports.len() > MOST {
            *self = Self { everything: true, ..Self::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use model::collections::SESSIONS;

    use super::*;

    fn of(collection: &'static str, number: u32) -> Change {
        Change::Document { collection, id: Id::from_parts(number, [1; 5], number), owner: None }
    }

    #[test]
    fn what_browsers_show_is_kept_once_and_very_much_is_everything() {
        let mut heard = Heard::default();
        for collection in [EVENTS.name, EVENTS_ARCHIVE.name, EVENTS.name, SESSIONS.name] {
            heard.note(of(collection, 1));
        }
        assert_eq!(heard.events.len(), 1);
        assert_eq!(heard, Heard { events: heard.events.clone(), ..Heard::default() });
        let everything = Heard { everything: true, ..Heard::default() };
        for number in 0..5_000 {
            heard.note(of(CALENDARS.name, number));
            assert_eq!(heard == everything, number >= 1_999, "{number}");
        }
        let mut heard = Heard::default();
        heard.note(of(ADMIN_EXPORTS.name, 1));
        heard.note(Change::Anything);
        heard.note(of(ADMIN_EXPORTS.name, 2));
        assert_eq!(heard, everything);
    }
}
