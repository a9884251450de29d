//! Which pages may be planned together, as if they were one: those that have nothing to do with each other.
//!
//! A later page is about what the earlier one left: an exception of the one goes with its series in the next. A plan reads
//! only what is stored, so that of two such pages the first has to be there before the second is planned.

use std::collections::HashSet;

use crate::plan::entry_id;
use crate::remote::{RemoteEntry, RemoteKind};

/// Pages that are planned together: the items that they name.
#[derive(Debug, Default)]
pub struct Together {
    names: HashSet<String>,
    /// Whether there is a page so far.
    has_any: bool,
    /// Whether its page stays alone.
    is_alone: bool,
}

impl Together {
    /// Takes the next page in, and answers whether it could be: not if it names what is named already, as an item or as
    /// the series of one. A page that says that something is gone stays alone, since that may go for items that it does
    /// not name.
    pub fn takes(&mut self, entries: &[RemoteEntry]) -> bool {
        let is_alone = entries.iter().any(|entry| matches!(entry, RemoteEntry::Removed { .. }));
        let names = || entries.iter().flat_map(|entry| [entry_id(entry), series_of(entry)]).flatten();
        if self.has_any && (is_alone || self.is_alone || names().any(|name| self.names.contains(name))) {
            return false;
        }
        self.names.extend(names().map(str::to_owned));
        (self.has_any, self.is_alone) = (true, is_alone);
        true
    }
}

/// The series that an entry says it belongs to.
fn series_of(entry: &RemoteEntry) -> Option<&str> {
    match entry {
        RemoteEntry::Occurrence { series_master_id, .. } => Some(series_master_id),
        RemoteEntry::Event(event) => match &event.kind {
            RemoteKind::Exception { series_master_id, .. } => Some(series_master_id),
            RemoteKind::Single | RemoteKind::Master { .. } => None,
        },
        RemoteEntry::Removed { .. } | RemoteEntry::Unreadable { .. } => None,
    }
}
