//! Which events are old enough for the archive. Pure: events, an instant, ids that are waited for.

use std::collections::HashSet;

use jiff::Timestamp;
use model::Id;
use model::documents::{Event, SyncStatus};

/// What moves together: a single event, or a series with all its exceptions.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// The event, or the master of the series.
    pub(super) head: Event,
    /// Exceptions of the series, removed ones too.
    pub(super) exceptions: Vec<Event>,
}

impl Group {
    /// All of its events, the master first.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        std::iter::once(&self.head).chain(&self.exceptions)
    }

    /// Whether all of it ended before `cutoff`, came back no later than that, and nobody waits for any of it. `held` are
    /// events about whose deletion a person has yet to decide.
    pub(super) fn is_due(&self, cutoff: Timestamp, held: &HashSet<Id>) -> bool {
        self.events().all(|event| {
            last_end(event).is_some_and(|end| end < cutoff)
                && event.unarchived_at.is_none_or(|back| back < cutoff)
                && event.sync_status != SyncStatus::Pending
                && !held.contains(&event.id)
        })
    }
}

/// Groups that move in one commit, in their order: not more than `most` events, but for a series that alone is more.
pub(super) fn commits(due: &[Group], most: usize) -> impl Iterator<Item = &[Group]> {
    let mut left = due;
    std::iter::from_fn(move || {
        let (mut groups, mut events) = (0, 0);
        for group in left {
            events += group.events().count();
            if groups > 0 && events > most {
                break;
            }
            groups += 1;
        }
        let (now, rest) = left.split_at_checked(groups)?;
        left = rest;
        Some(now).filter(|now| !now.is_empty())
    })
}

/// When the last of it is over, teardown included; `None` for a series whose end is not known.
fn last_end(event: &Event) -> Option<Timestamp> {
    if event.is_recurring {
        // The last occurrence needs its place as long after its end as the first one does.
        let after = event.occupied_until.duration_since(event.end_time);
        event.recurrence_until?.checked_add(after).ok()
    } else {
        Some(event.occupied_until)
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn event(number: u8, end: &str) -> Event {
        let id = Id::from_bytes([number; 12]);
        let mut event = Event::new(id, id, id, "t", at(end) - 1.hour(), at(end));
        event.derive();
        event
    }

    fn series(until: Option<&str>) -> Event {
        let mut event = event(1, "2020-01-01T00:00:00Z");
        event.is_recurring = true;
        event.recurrence_until = until.map(at);
        event
    }

    #[test]
    fn a_commit_has_so_many_events_and_a_longer_series_one_of_its_own() {
        let of = |exceptions: usize| Group {
            head: series(Some("2023-06-01T00:00:00Z")),
            exceptions: vec![event(2, "2023-01-01T00:00:00Z"); exceptions],
        };
        for (exceptions, expected) in [
            (&[0, 0, 0][..], &[3][..]),
            (&[4, 4, 0, 0], &[5, 5, 2]),
            (&[9, 0, 0], &[10, 2]),
            (&[0, 1, 9, 2], &[3, 10, 3]),
            (&[], &[]),
        ] {
            let due: Vec<Group> = exceptions.iter().copied().map(of).collect();
            let sizes: Vec<usize> =
                commits(&due, 5).map(|groups| groups.iter().flat_map(Group::events).count()).collect();
            assert_eq!(sizes, expected, "{exceptions:?}");
        }
    }

    #[test]
    fn what_is_over_and_waited_for_by_nobody_is_due() {
        let old = || event(1, "2023-12-31T23:00:00Z");
        let with = |change: fn(&mut Event)| {
            let mut event = old();
            change(&mut event);
            event.derive();
            event
        };
        let cases: [(&str, Event, Vec<Event>, bool); 12] = [
            ("ended before", old(), vec![], true),
            ("ends exactly then", event(1, "2024-01-01T00:00:00Z"), vec![], false),
            (
                "its teardown goes on",
                with(|event| event.teardown_end_time = Some(at("2024-01-02T00:00:00Z"))),
                vec![],
                false,
            ),
            ("removed", with(|event| event.removed_at = Some(at("2026-01-01T00:00:00Z"))), vec![], true),
            ("waits to be sent", with(|event| event.sync_status = SyncStatus::Pending), vec![], false),
            (
                "came back lately",
                with(|event| event.unarchived_at = Some(at("2025-12-01T00:00:00Z"))),
                vec![],
                false,
            ),
            (
                "came back long ago",
                with(|event| event.unarchived_at = Some(at("2023-12-31T00:00:00Z"))),
                vec![],
                true,
            ),
            ("an old series", series(Some("2023-06-01T00:00:00Z")), vec![], true),
            ("a series that goes on", series(Some("2024-06-01T00:00:00Z")), vec![], false),
            ("a series without end", series(Some("9999-01-01T00:00:00Z")), vec![], false),
            ("a series of unknown end", series(None), vec![], false),
            (
                "an exception was put off",
                series(Some("2023-06-01T00:00:00Z")),
                vec![event(2, "2025-01-01T00:00:00Z")],
                false,
            ),
        ];
        for (name, head, exceptions, expected) in cases {
            let group = Group { head, exceptions };
            assert_eq!(group.is_due(at("2024-01-01T00:00:00Z"), &HashSet::new()), expected, "{name}");
        }
        let held = HashSet::from([old().id]);
        let group = Group { head: old(), exceptions: vec![] };
        assert!(!group.is_due(at("2024-01-01T00:00:00Z"), &held), "a person has yet to decide");
    }
}
