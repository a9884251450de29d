//! What is planned for a page: a small script each, and what planning does over and over.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use model::documents::{Event, SyncLink};
use model::{Id, IdSource};
use sync::local::series;
use sync::plan::{Action, Context, Known, PagePlan, Warrant, plan_page};
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind, RemoteRecurrence, RemoteTime};

/// What is here, and what a plan does to it: the shell in a few lines.
#[derive(Default)]
struct Here {
    events: HashMap<Id, Event>,
    links: HashMap<String, SyncLink>,
    ids: Counting,
    minute: Cell<i64>,
}

#[derive(Default)]
struct Counting(AtomicU32);

impl IdSource for Counting {
    fn next(&self) -> Id {
        Id::from_parts(1, *b"plans", self.0.fetch_add(1, Ordering::SeqCst))
    }
}

impl Here {
    fn known(&self) -> Known {
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

    fn plan(&self, entries: Vec<RemoteEntry>) -> PagePlan {
        self.minute.set(self.minute.get() + 1);
        let context = Context {
            user_id: Id::from_bytes([1; 12]),
            calendar_id: Id::from_bytes([2; 12]),
            provider: "outlook",
            now: Timestamp::from_second(1_800_000_000 + 60 * self.minute.get()).unwrap(),
        };
        plan_page(&context, entries, &self.known(), &self.ids)
    }

    /// Plans, applies, and says what was done, a word a step.
    fn read(&mut self, entries: Vec<RemoteEntry>) -> String {
        let plan = self.plan(entries);
        once_each(&plan.actions);
        let mut said: Vec<String> = plan.actions.iter().map(word).collect();
        said.extend(plan.errors.iter().map(|error| format!("refuse {}", error.error_code)));
        for action in plan.actions {
            match action {
                Action::Create { event, link } | Action::Update { event, link, .. } => {
                    self.links.insert(link.provider_item_id.clone(), *link);
                    self.events.insert(event.id, *event);
                }
                Action::Agree { link } => {
                    self.links.insert(link.provider_item_id.clone(), *link);
                }
                Action::Follow { event, .. } => {
                    self.events.insert(event.id, *event);
                }
                Action::Remove { event, .. } => {
                    self.links.retain(|_, link| link.event_id != event.id);
                    self.events.remove(&event.id);
                }
            }
        }
        said.join("; ")
    }

    fn titled(&self, title: &str) -> Event {
        self.events.values().find(|event| event.title == title).cloned().unwrap()
    }

    /// Somebody here writes a note on one occurrence: a document with only internal fields of its own.
    fn note_on(&mut self, master: &str, day: &str, note: &str) -> Id {
        let master = self.titled(master);
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
        assert!(sync::local::inherit(&mut event, &master));
        let id = event.id;
        self.events.insert(id, event);
        id
    }
}

/// Two steps about one event would be one commit that can never succeed: each begins with the event as it was read.
fn once_each(actions: &[Action]) {
    let about = |action: &Action| match action {
        Action::Create { event, .. }
        | Action::Update { event, .. }
        | Action::Follow { event, .. }
        | Action::Remove { event, .. } => event.id,
        Action::Agree { link } => link.event_id,
    };
    let ids: std::collections::HashSet<Id> = actions.iter().map(about).collect();
    assert_eq!(ids.len(), actions.len(), "two steps about one event: {actions:?}");
}

fn word(action: &Action) -> String {
    match action {
        Action::Create { event, .. } => format!("create {}", event.title),
        Action::Update { event, fields, relinked, .. } => {
            let mark = if *relinked { "relink" } else { "update" };
            format!("{mark} {} ({})", event.title, fields.join(","))
        }
        Action::Agree { .. } => "agree".into(),
        Action::Follow { event, .. } => format!("follow {}", event.title),
        Action::Remove { event, warrant: Warrant::ReportedGone } => format!("gone? {}", event.title),
        Action::Remove { event, warrant: Warrant::OccurrenceCancelled } => {
            format!("cancelled {}", event.title)
        }
    }
}

fn event(id: &str, title: &str, kind: RemoteKind, day: &str) -> RemoteEvent {
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

fn single(id: &str, title: &str) -> RemoteEntry {
    RemoteEntry::Event(Box::new(event(id, title, RemoteKind::Single, "2027-01-04")))
}

/// A weekly series from Monday, 4 January 2027.
fn weekly(id: &str, title: &str, cancelled: &[&str]) -> RemoteEntry {
    let recurrence = RemoteRecurrence {
        lines: vec!["RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;WKST=MO".into()],
        original: serde_json::json!({}),
        cancelled: Some(cancelled.iter().map(|day| day.parse().unwrap()).collect()),
    };
    RemoteEntry::Event(Box::new(event(id, title, RemoteKind::Master { recurrence }, "2027-01-04")))
}

fn exception(id: &str, master: &str, title: &str, day: &str) -> RemoteEntry {
    let original_date: Date = day.parse().unwrap();
    let kind = RemoteKind::Exception { series_master_id: master.into(), original_date };
    RemoteEntry::Event(Box::new(event(id, title, kind, day)))
}

fn removed(id: &str) -> RemoteEntry {
    RemoteEntry::Removed { id: id.into() }
}

#[test]
fn a_new_event_is_made_once_whatever_is_replayed() {
    let mut here = Here::default();
    assert_eq!(here.read(vec![single("1", "Fair")]), "create Fair");
    assert_eq!(here.read(vec![single("1", "Fair")]), "");
    assert_eq!(
        here.read(vec![single("1", "Fair"), single("1", "Fair"), single("1", "Fairs")]),
        "update Fairs (title)"
    );
    assert_eq!(here.events.len(), 1);
}

#[test]
fn a_mark_that_moved_alone_writes_nothing() {
    let mut here = Here::default();
    here.read(vec![single("1", "Fair")]);
    let RemoteEntry::Event(mut again) = single("1", "Fair") else { panic!() };
    again.etag = Some("W/other".into());
    again.last_modified = Some(Timestamp::UNIX_EPOCH);
    assert_eq!(here.read(vec![RemoteEntry::Event(again)]), "");
}

#[test]
fn what_the_document_does_not_keep_is_agreed_on_without_touching_it() {
    let mut here = Here::default();
    here.read(vec![single("1", "Fair")]);
    let RemoteEntry::Event(mut again) = single("1", "Fair") else { panic!() };
    let RemoteTime::Timed { provider_zone, .. } = &mut again.time else { panic!() };
    *provider_zone = Some("W. Europe Standard Time".into());
    let before = here.titled("Fair");
    assert_eq!(here.read(vec![RemoteEntry::Event(again)]), "agree");
    assert_eq!(here.titled("Fair"), before);
}

#[test]
fn a_removal_is_only_a_candidate_and_takes_the_exceptions_along() {
    let mut here = Here::default();
    here.read(vec![weekly("m", "Class", &[]), exception("x", "m", "Class in the attic", "2027-01-11")]);
    assert_eq!(here.read(vec![removed("unknown")]), "");
    assert_eq!(here.read(vec![single("1", "Fair"), removed("1")]), "", "the last word counts: it is gone");
    assert_eq!(here.read(vec![removed("m"), removed("x")]), "gone? Class; gone? Class in the attic");
}

#[test]
fn an_exception_may_come_before_its_series_but_not_without_it() {
    let mut here = Here::default();
    let page = vec![exception("x", "m", "Moved", "2027-01-11"), weekly("m", "Class", &[])];
    assert_eq!(here.read(page), "create Class; create Moved");
    let moved = here.titled("Moved");
    assert_eq!(moved.recurrence_master_id, Some(here.titled("Class").id));
    assert_eq!(moved.original_start.unwrap().to_string(), "2027-01-11T09:00:00Z");
    assert_eq!(
        here.read(vec![exception("y", "nowhere", "Lost", "2027-01-11"), single("1", "Fair")]),
        "create Fair; refuse series_missing"
    );
}

#[test]
fn a_new_exception_touches_its_series_unless_the_page_writes_that_anyway() {
    let moved = || exception("x", "m", "Moved", "2027-01-11");
    let mut here = Here::default();
    let touched = |here: &Here, page| here.plan(page).masters_to_touch().into_iter().collect::<Vec<_>>();
    assert_eq!(touched(&here, vec![weekly("m", "Class", &[]), moved()]), []);
    here.read(vec![weekly("m", "Class", &[])]);
    assert_eq!(touched(&here, vec![moved()]), [here.titled("Class").id]);
    assert_eq!(touched(&here, vec![weekly("m", "Class", &[]), moved()]), [here.titled("Class").id]);
    assert_eq!(touched(&here, vec![weekly("m", "Course", &[]), moved()]), []);
    here.read(vec![moved()]);
    assert_eq!(touched(&here, vec![exception("x", "m", "Moved again", "2027-01-11")]), []);
}

#[test]
fn a_note_on_an_occurrence_follows_its_series_and_is_adopted_by_a_later_exception() {
    let mut here = Here::default();
    here.read(vec![weekly("m", "Class", &[])]);
    let id = here.note_on("Class", "2027-01-11", "bring easels");
    assert_eq!(here.read(vec![weekly("m", "Course", &[])]), "update Course (title); follow Course");
    assert_eq!(
        here.read(vec![exception("x", "m", "Course outside", "2027-01-11")]),
        "relink Course outside (inherits_shared,outlook_event_id,title)"
    );
    let adopted = &here.events[&id];
    assert_eq!(
        (adopted.title.as_str(), adopted.internal_notes.as_deref()),
        ("Course outside", Some("bring easels"))
    );
}

/// Found by the simulation (seed 11): both in one page, and the calendar was never synced again.
#[test]
fn a_series_that_changes_and_an_exception_that_adopts_its_note_come_in_one_page() {
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[])]);
    let noted = here.note_on("class", "2027-01-18", "needs the piano");
    let said = here.read(vec![weekly("s", "lesson", &[]), exception("x", "s", "recital", "2027-01-18")]);
    assert_eq!(said, "update lesson (title); relink recital (inherits_shared,outlook_event_id,title)");
    let recital = here.titled("recital");
    assert_eq!((recital.id, recital.internal_notes.as_deref()), (noted, Some("needs the piano")));
    assert_eq!(recital.inherits_shared, None);
}

#[test]
fn two_exceptions_of_one_date_are_two_events_and_one_of_them_has_the_note() {
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[])]);
    let noted = here.note_on("class", "2027-01-18", "needs the piano");
    here.read(vec![
        exception("x", "s", "recital", "2027-01-18"),
        exception("y", "s", "concert", "2027-01-18"),
    ]);
    assert_eq!(here.titled("recital").id, noted);
    assert_ne!(here.titled("concert").id, noted);
    assert!(here.links.contains_key("x") && here.links.contains_key("y"));
}

#[test]
fn what_one_page_says_twice_of_an_exception_is_one_step() {
    // Cancelled by the series and changed: it is there, so it was not cancelled.
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-18")]);
    here.read(vec![weekly("s", "class", &["2027-01-18"]), exception("x", "s", "concert", "2027-01-18")]);
    assert_eq!(here.titled("concert").outlook_event_id.as_deref(), Some("x"));
    // Changed, and its series gone, in either order: it goes.
    for gone_first in [true, false] {
        let mut here = Here::default();
        here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-18")]);
        let mut page = vec![exception("x", "s", "concert", "2027-01-18"), removed("s")];
        if gone_first {
            page.reverse();
        }
        let said = here.read(page);
        assert!(here.events.is_empty(), "{said}");
    }
}

#[test]
fn a_cancelled_date_takes_its_exception_away() {
    let mut here = Here::default();
    here.read(vec![weekly("m", "Class", &[])]);
    here.note_on("Class", "2027-01-11", "bring easels");
    let said = here.read(vec![weekly("m", "Class", &["2027-01-11"])]);
    assert_eq!(said, "update Class (cancelled_occurrences); cancelled Class");
    let dates: Vec<String> =
        series(&here.titled("Class")).unwrap().iter().take(2).map(|slot| slot.date.to_string()).collect();
    assert_eq!(dates, ["2027-01-04", "2027-01-18"]);
}

#[test]
fn an_event_without_its_link_is_recognised_not_doubled() {
    let mut here = Here::default();
    here.read(vec![single("1", "Fair")]);
    here.links.clear();
    assert_eq!(here.read(vec![single("1", "Fair")]), "relink Fair ()");
    assert_eq!((here.events.len(), here.links.len()), (1, 1));
}

#[test]
fn one_bad_event_stops_nobody() {
    let mut here = Here::default();
    let RemoteEntry::Event(mut odd) = single("2", "Odd") else { panic!() };
    let RemoteTime::Timed { start, end, .. } = &mut odd.time else { panic!() };
    std::mem::swap(start, end);
    let unreadable =
        RemoteEntry::Unreadable { id: None, code: "bad_shape".into(), reason: "it has no time".into() };
    let page = vec![single("1", "Fair"), RemoteEntry::Event(odd), unreadable, single("3", "Gala")];
    let plan = here.plan(page.clone());
    assert_eq!(plan.processed, 4);
    assert!(plan.errors.iter().all(|error| !error.error_message.is_empty()));
    assert_eq!(here.read(page), "create Fair; create Gala; refuse ends_before_start; refuse bad_shape");
}

#[test]
fn a_removed_event_that_comes_back_is_revived_with_its_internal_fields() {
    let mut here = Here::default();
    here.read(vec![single("1", "Fair")]);
    let mut event = here.titled("Fair");
    event.internal_notes = Some("keys".into());
    event.removed_at = Some(Timestamp::UNIX_EPOCH);
    event.derive();
    here.links.clear();
    here.events.insert(event.id, event);
    here.read(vec![single("1", "Fair")]);
    let back = here.titled("Fair");
    assert_eq!((back.removed_at, back.internal_notes.as_deref(), back.span_class), (None, Some("keys"), 0));
}
