//! What is planned for a page: a small script each, and what planning does over and over.

use jiff::Timestamp;
use sync::local::series;
use sync::remote::{RemoteEntry, RemoteTime};

use crate::here::{Here, exception, removed, single, weekly};

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
    // Changed, and its series gone, in either order: it is taken over, since that may be no more than a word, and asked for.
    for gone_first in [true, false] {
        let mut here = Here::default();
        here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-18")]);
        let mut page = vec![exception("x", "s", "concert", "2027-01-18"), removed("s")];
        if gone_first {
            page.reverse();
        }
        assert_eq!(here.read(page), "gone? class; update concert (title); left out concert");
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
