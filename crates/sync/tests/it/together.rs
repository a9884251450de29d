//! Pages that are planned together come to what they come to one by one.

use std::collections::{BTreeSet, HashSet};

use jiff::Timestamp;
use model::Id;
use model::documents::Event;
use proptest::prelude::*;
use serde_json::{Value, json};
use sync::plan::{Action, Known, PagePlan, entry_id, is_there};
use sync::remote::RemoteEntry;
use sync::together::Together;

use crate::here::{Here, exception, once_each, removed, single, weekly};

const DAYS: [&str; 3] = ["2027-01-11", "2027-01-18", "2027-01-25"];

/// A run that came to the end of its pages, and has not asked for anything yet.
struct Run {
    here: Here,
    /// What is to be asked for.
    doubtful: BTreeSet<Id>,
    seen: HashSet<String>,
}

impl Run {
    /// Two series, each with an exception and a note on another date.
    fn new() -> Self {
        let mut here = Here::default();
        here.read(vec![
            weekly("s", "class", &[]),
            weekly("t", "course", &[]),
            exception("x", "s", "recital", DAYS[0]),
            exception("y", "t", "concert", DAYS[1]),
        ]);
        here.write_on("recital", "needs the piano");
        here.note_on("class", DAYS[1], "bring easels");
        here.note_on("course", DAYS[2], "bring chairs");
        Self { here, doubtful: BTreeSet::new(), seen: HashSet::new() }
    }

    fn read(&mut self, entries: &[RemoteEntry]) {
        let known = self.here.known();
        let items = known.exceptions.values().flatten().filter_map(|event| event.outlook_event_id.clone());
        let met = items.filter(|item| self.seen.contains(item)).collect();
        let known = Known { met, ..known };
        for item in entries.iter().filter(|entry| is_there(entry)).filter_map(entry_id) {
            self.seen.insert(item.to_owned());
            let linked = known.linked.get(item).map(|(_, event)| event);
            if let Some(event) = linked.or_else(|| known.unlinked.get(item)) {
                self.doubtful.remove(&event.id);
            }
        }
        let plan = self.here.plan_with(entries.to_vec(), known, 2);
        once_each(&plan.actions);
        self.doubtful.extend(plan.left_out.iter().map(|event| event.id));
        let mut others = Vec::new();
        for action in plan.actions {
            match action {
                Action::Remove { event, warrant } if warrant.is_certain() => self.remove(*event),
                Action::Remove { event, .. } => drop(self.doubtful.insert(event.id)),
                other => others.push(other),
            }
        }
        self.here.apply(PagePlan { actions: others, ..PagePlan::default() });
    }

    fn remove(&mut self, mut event: Event) {
        self.here.links.retain(|_, link| link.event_id != event.id);
        self.here.events.remove(&event.id);
        if event.has_internal_data() {
            event.removed_at = Some(Timestamp::UNIX_EPOCH);
            event.derive();
            self.here.events.insert(event.id, event);
        }
    }

    /// What is here, in words that do not depend on which ids were given and how often something was written.
    fn state(&self) -> Vec<String> {
        let mut state: Vec<String> = self.here.events.values().map(|event| self.said(event)).collect();
        state.sort();
        state
    }

    fn said(&self, event: &Event) -> String {
        let mut said = serde_json::to_value(event).unwrap();
        for name in ["_id", "revision", "created_at", "updated_at", "last_synced"] {
            said.as_object_mut().unwrap().remove(name);
        }
        if let Some(series) = event.recurrence_master_id {
            let series = self.here.events.get(&series).and_then(|series| series.outlook_event_id.clone());
            said["recurrence_master_id"] = json!(series);
        }
        let mut linked: Vec<&String> = self
            .here
            .links
            .values()
            .filter(|link| link.event_id == event.id)
            .map(|link| &link.provider_item_id)
            .collect();
        linked.sort();
        said["links"] = Value::from_iter(linked.into_iter().map(String::as_str));
        said["is_doubtful"] = json!(event.removed_at.is_none() && self.doubtful.contains(&event.id));
        said.to_string()
    }
}

fn entries() -> impl Strategy<Value = RemoteEntry> {
    let series = || proptest::sample::select(vec!["s", "t"]);
    // A date of a series stays one, and of that series.
    let date = || proptest::sample::select(vec![("x", "s"), ("z", "s"), ("y", "t")]);
    let day = || proptest::sample::select(DAYS.to_vec());
    let title = || proptest::sample::select(vec!["class", "lesson"]);
    prop_oneof![
        3 => (series(), title(), proptest::option::of(day()))
            .prop_map(|(id, title, cancelled)| weekly(id, title, cancelled.as_slice())),
        1 => (proptest::sample::select(vec!["s", "t", "1"]), title()).prop_map(|(id, title)| single(id, title)),
        3 => (date(), title(), day()).prop_map(|((id, of), title, day)| exception(id, of, title, day)),
        2 => (date(), day()).prop_map(|((id, of), day)| RemoteEntry::Occurrence {
            id: id.to_owned(),
            series_master_id: of.to_owned(),
            start: format!("{day}T09:00:00Z").parse().unwrap(),
        }),
        1 => proptest::sample::select(vec!["s", "t", "x", "y", "z", "1"]).prop_map(removed),
    ]
}

/// The pages as they are planned together.
fn bundles(pages: &[Vec<RemoteEntry>]) -> Vec<Vec<RemoteEntry>> {
    let mut bundles: Vec<Vec<RemoteEntry>> = Vec::new();
    let mut together = Together::default();
    for page in pages {
        match bundles.last_mut().filter(|_| together.takes(page)) {
            Some(bundle) => bundle.extend(page.iter().cloned()),
            None => {
                together = Together::default();
                assert!(together.takes(page), "the first one always is");
                bundles.push(page.clone());
            }
        }
    }
    bundles
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_planned_together_come_to_what_they_come_to_one_by_one(
        pages in proptest::collection::vec(proptest::collection::vec(entries(), 0..3), 2..5)
    ) {
        let (mut one_by_one, mut together) = (Run::new(), Run::new());
        pages.iter().for_each(|page| one_by_one.read(page));
        bundles(&pages).iter().for_each(|bundle| together.read(bundle));
        prop_assert_eq!(one_by_one.state(), together.state());
    }
}

/// Each of these pairs, as one page, would leave a date without its series, or lose what the first page told.
#[test]
fn a_page_waits_for_one_that_names_the_same() {
    let recital = || vec![exception("x", "s", "recital", DAYS[0])];
    let fair = || vec![single("1", "Fair")];
    let cases = [
        (recital(), vec![single("s", "class")], 2),
        (recital(), vec![weekly("s", "class", &[])], 2),
        (recital(), vec![exception("y", "s", "concert", DAYS[1])], 2),
        (fair(), fair(), 2),
        (recital(), vec![removed("s")], 2),
        (fair(), vec![removed("2")], 2),
        (vec![removed("2")], fair(), 2),
        (recital(), fair(), 1),
        (recital(), vec![exception("y", "t", "concert", DAYS[1])], 1),
        (vec![], fair(), 1),
    ];
    for (first, second, expected) in cases {
        let pages = [first, second];
        assert_eq!(bundles(&pages).len(), expected, "{pages:?}");
    }
}
