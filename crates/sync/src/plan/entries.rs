//! The entries of a page: which of them count, and when each has its turn.

use std::collections::HashMap;

use crate::remote::{RemoteEntry, RemoteKind};

/// When an entry has its turn: what a page says of series, also that one is gone or is one event now, goes before what it
/// says of their dates.
pub(super) fn turn(entry: &RemoteEntry) -> u8 {
    match entry {
        RemoteEntry::Event(event) => match event.kind {
            RemoteKind::Master { .. } => 0,
            RemoteKind::Single => 2,
            RemoteKind::Exception { .. } => 3,
        },
        RemoteEntry::Removed { .. } => 1,
        RemoteEntry::Unreadable { .. } => 2,
        RemoteEntry::Occurrence { .. } => 3,
    }
}

/// Whether an entry says that its item is there as an event of its own: a plain occurrence is none.
pub fn is_there(entry: &RemoteEntry) -> bool {
    matches!(entry, RemoteEntry::Event(_) | RemoteEntry::Unreadable { .. })
}

/// The last entry of each id, in the order in which ids first came.
pub(super) fn latest(entries: &[RemoteEntry]) -> Vec<&RemoteEntry> {
    let mut position: HashMap<&str, usize> = HashMap::new();
    let mut kept: Vec<&RemoteEntry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let known = entry_id(entry).and_then(|id| position.get(id).copied());
        match known.and_then(|index| kept.get_mut(index)) {
            Some(slot) => *slot = entry,
            None => {
                if let Some(id) = entry_id(entry) {
                    position.insert(id, kept.len());
                }
                kept.push(entry);
            }
        }
    }
    kept
}

/// Leaves the last entry of each id.
pub fn keep_latest(entries: &mut Vec<RemoteEntry>) {
    let latest = latest(entries);
    if latest.len() < entries.len() {
        *entries = latest.into_iter().cloned().collect();
    }
}

/// The provider's id of an entry, when it is known.
pub fn entry_id(entry: &RemoteEntry) -> Option<&str> {
    match entry {
        RemoteEntry::Event(event) => Some(&event.id),
        RemoteEntry::Occurrence { id, .. } | RemoteEntry::Removed { id } => Some(id),
        RemoteEntry::Unreadable { id, .. } => id.as_deref(),
    }
}
