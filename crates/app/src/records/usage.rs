//! How often categories and locations are used: what a change of an event adds and takes away.
//!
//! Every stored event that is not removed counts once for each of its category names and once for its location.

use std::collections::BTreeMap;

use model::documents::Event;

/// By how much the counts of names change. Names without a change are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deltas {
    /// Category names.
    pub categories: BTreeMap<String, i64>,
    /// Location names.
    pub locations: BTreeMap<String, i64>,
}

impl Deltas {
    /// What the change of one event does; `None` stands for an event that is not there.
    pub fn of(before: Option<&Event>, after: Option<&Event>) -> Self {
        let mut deltas = Self::default();
        deltas.count(before, -1);
        deltas.count(after, 1);
        deltas.settle();
        deltas
    }

    /// Adds the change of another event.
    pub fn add(&mut self, before: Option<&Event>, after: Option<&Event>) {
        self.count(before, -1);
        self.count(after, 1);
        self.settle();
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty() && self.locations.is_empty()
    }

    /// Counts one event up or down, without looking for what cancels out.
    pub(super) fn count(&mut self, event: Option<&Event>, step: i64) {
        let Some(event) = event.filter(|event| event.removed_at.is_none()) else { return };
        for name in event.category_uses().into_iter().filter(|name| !name.is_empty()) {
            *self.categories.entry(name.to_owned()).or_default() += step;
        }
        if let Some(name) = event.location.as_deref().filter(|name| !name.is_empty()) {
            *self.locations.entry(name.to_owned()).or_default() += step;
        }
    }

    fn settle(&mut self) {
        self.categories.retain(|_, delta| *delta != 0);
        self.locations.retain(|_, delta| *delta != 0);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::Id;

    use super::*;

    fn event(category: &[&str], internal: Option<&str>, location: Option<&str>) -> Event {
        let id = Id::from_bytes([1; 12]);
        let mut event = Event::new(id, id, id, "t", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        event.categories = category.iter().map(|name| (*name).to_owned()).collect();
        event.category = event.categories.first().cloned();
        event.internal_category = internal.map(str::to_owned);
        event.location = location.map(str::to_owned);
        event
    }

    fn check(before: Option<Event>, after: Option<Event>, expected: &str) {
        let deltas = Deltas::of(before.as_ref(), after.as_ref());
        let all = deltas.categories.iter().map(|(name, delta)| format!("c:{name}{delta:+}"));
        let all = all.chain(deltas.locations.iter().map(|(name, delta)| format!("l:{name}{delta:+}")));
        assert_eq!(all.collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn a_change_moves_only_what_differs() {
        check(None, Some(event(&["A", "B"], Some("B"), Some("Hall"))), "c:A+1 c:B+1 l:Hall+1");
        check(Some(event(&["A"], None, Some("Hall"))), None, "c:A-1 l:Hall-1");
        check(Some(event(&["A"], None, Some("Hall"))), Some(event(&["A"], Some("C"), Some("Hall"))), "c:C+1");
        check(Some(event(&["A", "B"], None, None)), Some(event(&["B", "A"], None, Some("Loft"))), "l:Loft+1");
        check(Some(event(&[], None, Some(""))), Some(event(&[""], None, None)), "");
    }

    #[test]
    fn a_removed_event_counts_for_nothing() {
        let mut removed = event(&["A"], None, Some("Hall"));
        removed.removed_at = Some(Timestamp::UNIX_EPOCH);
        check(Some(event(&["A"], None, Some("Hall"))), Some(removed.clone()), "c:A-1 l:Hall-1");
        check(Some(removed), Some(event(&["A"], None, Some("Hall"))), "c:A+1 l:Hall+1");
    }

    #[test]
    fn changes_of_several_events_cancel_out() {
        let mut deltas = Deltas::of(None, Some(&event(&["A"], None, None)));
        deltas.add(Some(&event(&["A"], None, None)), None);
        assert!(deltas.is_empty());
    }
}
