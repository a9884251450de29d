//! Which documents there are, and which provider items, in a few bytes each.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use model::Id;

/// Ids of the documents that others refer to. Streams give them in rising order.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<&'static str, Vec<Id>>);

impl Known {
    pub(super) fn add(&mut self, collection: &'static str, id: Id) {
        self.0.entry(collection).or_default().push(id);
    }

    /// Whether there is such a document. An archived event is still an event.
    pub(super) fn has(&self, collection: &str, id: Id) -> bool {
        let is_in = |name: &str| self.0.get(name).is_some_and(|ids| ids.binary_search(&id).is_ok());
        is_in(collection) || (collection == "events" && is_in("events_archive"))
    }
}

/// Things of which there should be one, by a digest; equal digests are looked up afterwards.
#[derive(Debug, Default)]
pub(super) struct Once(Vec<(u64, Id)>);

impl Once {
    pub(super) fn add(&mut self, thing: impl Hash, id: Id) {
        let mut hasher = DefaultHasher::new();
        thing.hash(&mut hasher);
        self.0.push((hasher.finish(), id));
    }

    /// Documents that seem to be of one thing with an earlier one.
    pub(super) fn twice(mut self) -> Vec<(Id, Id)> {
        self.0.sort_unstable();
        let pairs = self.0.windows(2).filter_map(|pair| match pair {
            [(one, first), (other, second)] if one == other => Some((*first, *second)),
            _ => None,
        });
        pairs.collect()
    }
}
