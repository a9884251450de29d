//! What is here, items of pages, and what a plan does to it all: the shell in a few lines.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use model::documents::{Event, SyncLink};
use model::{Id, IdSource};
use sync::plan::{Action, Context, Known, PagePlan, Warrant, plan_page};
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind, RemoteRecurrence, RemoteTime};

/// What is here, and what a plan does to it: the shell in a few lines.
#[derive(Default)]
pub(crate) struct Here {
    pub(crate) events: HashMap<Id, Event>,
    pub(crate) links: HashMap<String, SyncLink>,
    pub(crate) ids: Counting,
    pub(crate) minute: Cell<i64>,
}

#[derive(Default)]
pub(crate) struct Counting(AtomicU32);

impl IdSource for Counting {
    fn next(&self) -> Id {
        Id::from_parts(1, *b"plans", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

impl Here {
    pub(crate) fn known(&self) -> Known {
        let mut known = Known::default();
        for (item, link) in &self.links {
            known.linked.insert(item.clone(), (link.clone(), self.events[&link.event_id].clone()));
        }
        for event in self.events.values() {
            if let Some(item) = event.outlook_event_id.as_ref().filter(|item| !self.links.contains_key(*item))
            {
                known.unlinked.insert(item.clone(), event.clone());
            }
            if let Some(master) = event.recurrence_master_id {
                known.exceptions.entry(master).or_default().push(event.clone());
            }
        }
        known
    }

    pub(crate) fn plan(&self, entries: Vec<RemoteEntry>) -> PagePlan {
        self.plan_with(entries, self.known(), 2)
    }

    pub(crate) fn plan_with(&self, entries: Vec<RemoteEntry>, known: Known, calendar: u8) -> PagePlan {
        self.minute.set(self.minute.get() + 1);
        let context = Context {
            user_id: Id::from_bytes([1; 12]),
            calendar_id: Id::from_bytes([calendar; 12]),
            provider: "outlook",
            now: Timestamp::from_second(1_800_000_000 + 60 * self.minute.get()).unwrap(),
        };
        plan_page(&context, &entries, &known, &self.ids)
    }

    /// Plans, applies, and says what was done, a word a step.
    pub(crate) fn read(&mut self, entries: Vec<RemoteEntry>) -> String {
        let plan = self.plan(entries);
        self.apply(plan)
    }

    pub(crate) fn apply(&mut self, plan: PagePlan) -> String {
        once_each(&plan.actions);
        let mut said: Vec<String> = plan.actions.iter().map(word).collect();
        said.extend(plan.left_out.iter().map(|event| format!("left out {}", event.title)));
        said.extend(plan.errors.iter().map(|error| format!("refuse {}", error.error_code)));
        for action in plan.actions {
            match action {
                Action::Create { event, link } | Action::Update { event, link, .. } => {
                    self.links.retain(|_, link| link.event_id != event.id);
                    self.links.insert(link.provider_item_id.clone(), *link);
                    self.events.insert(event.id, *event);
                }
                Action::Agree { link } => {
                    self.links.insert(link.provider_item_id.clone(), *link);
                }
                Action::Follow { event, .. } | Action::Mark { event, .. } => {
                    self.events.insert(event.id, *event);
                }
                Action::Reset { before, event } => {
                    self.links.retain(|_, link| link.event_id != before.id);
                    self.events.remove(&before.id);
                    self.events.extend(event.map(|event| (event.id, *event)));
                }
                Action::Remove { event, .. } => {
                    self.links.retain(|_, link| link.event_id != event.id);
                    self.events.remove(&event.id);
                }
            }
        }
        said.join("; ")
    }

    /// The house writes a note on an event.
    pub(crate) fn write_on(&mut self, title: &str, note: &str) -> Id {
        let mut event = self.titled(title);
        event.internal_notes = Some(note.into());
        let id = event.id;
        self.events.insert(id, event);
        id
    }

    pub(crate) fn titled(&self, title: &str) -> Event {
        self.events.values().find(|event| event.title == title).cloned().unwrap()
    }

    /// Somebody here writes a note on one occurrence: a document with only internal fields of its own.
    pub(crate) fn note_on(&mut self, master: &str, day: &str, note: &str) -> Id {
        let is_series = |event: &&Event| event.title == master && event.is_recurring;
        let master = self.events.values().find(is_series).cloned().unwrap();
        let mut event = master.clone();
        event.id = self.ids.next();
        event.outlook_event_id = None;
        event.is_recurring = false;
        event.recurrence_rule = Vec::new();
        event.recurrence_pattern = None;
        event.recurrence_original = None;
        event.recurrence_lossless = None;
        event.recurrence_until = None;
        event.recurrence_master_id = Some(master.id);
        event.original_date = Some(day.into());
        event.inherits_shared = Some(true);
        event.internal_notes = Some(note.into());
        assert_eq!(sync::local::inherit(&mut event, &master), sync::local::Standing::There);
        let id = event.id;
        self.events.insert(id, event);
        id
    }
}

/// Two steps about one event would be one commit that can never succeed: each begins with the event as it was read.
pub(crate) fn once_each(actions: &[Action]) {
    let about = |action: &Action| match action {
        Action::Create { event, .. }
        | Action::Update { event, .. }
        | Action::Follow { event, .. }
        | Action::Mark { event, .. }
        | Action::Reset { before: event, .. }
        | Action::Remove { event, .. } => event.id,
        Action::Agree { link } => link.event_id,
    };
    let ids: std::collections::HashSet<Id> = actions.iter().map(about).collect();
    assert_eq!(ids.len(), actions.len(), "two steps about one event: {actions:?}");
}

pub(crate) fn word(action: &Action) -> String {
    match action {
        Action::Create { event, .. } => format!("create {}", event.title),
        Action::Update { event, fields, relinked, .. } => {
            let mark = if *relinked { "relink" } else { "update" };
            format!("{mark} {} ({})", event.title, fields.join(","))
        }
        Action::Agree { .. } => "agree".into(),
        Action::Follow { event, .. } => format!("follow {}", event.title),
        Action::Mark { event, .. } => format!("mark {} {:?}", event.title, event.sync_status),
        Action::Reset { before, event: None } => format!("plain {}", before.title),
        Action::Reset { before, event: Some(_) } => format!("overlay {}", before.title),
        Action::Remove { event, warrant: Warrant::ReportedGone } => format!("gone? {}", event.title),
        Action::Remove { event, warrant: Warrant::OccurrenceCancelled } => {
            format!("cancelled {}", event.title)
        }
        Action::Remove { event, warrant: Warrant::SeriesEnded } => format!("ended {}", event.title),
    }
}

pub(crate) fn event(id: &str, title: &str, kind: RemoteKind, day: &str) -> RemoteEvent {
    let start: Timestamp = format!("{day}T09:00:00Z").parse().unwrap();
    RemoteEvent {
        id: id.into(),
        etag: Some(format!("W/{title}")),
        kind,
        title: title.into(),
        description: String::new(),
        time: RemoteTime::Timed {
            start,
            end: start + jiff::SignedDuration::from_hours(1),
            zone: "Europe/Berlin".into(),
            provider_zone: None,
        },
        location: String::new(),
        categories: Vec::new(),
        attendees: Vec::new(),
        show_as: None,
        sensitivity: None,
        is_cancelled: false,
        last_modified: None,
    }
}

pub(crate) fn single(id: &str, title: &str) -> RemoteEntry {
    RemoteEntry::Event(Box::new(event(id, title, RemoteKind::Single, "2027-01-04")))
}

/// A weekly series from Monday, 4 January 2027.
pub(crate) fn weekly(id: &str, title: &str, cancelled: &[&str]) -> RemoteEntry {
    RemoteEntry::Event(Box::new(weekly_event(id, title, cancelled)))
}

pub(crate) fn weekly_event(id: &str, title: &str, cancelled: &[&str]) -> RemoteEvent {
    let recurrence = RemoteRecurrence {
        lines: vec!["RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=MO".into()],
        original: serde_json::json!({}),
        cancelled: Some(cancelled.iter().map(|day| day.parse().unwrap()).collect()),
    };
    event(id, title, RemoteKind::Master { recurrence }, "2027-01-04")
}

pub(crate) fn exception(id: &str, master: &str, title: &str, day: &str) -> RemoteEntry {
    let original_date: Date = day.parse().unwrap();
    let kind = RemoteKind::Exception { series_master_id: master.into(), original_date };
    RemoteEntry::Event(Box::new(event(id, title, kind, day)))
}

pub(crate) fn removed(id: &str) -> RemoteEntry {
    RemoteEntry::Removed { id: id.into() }
}
