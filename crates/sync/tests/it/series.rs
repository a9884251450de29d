//! What a page says about the exceptions of a series, and what an event says about its sync.

use model::Id;
use sync::plan::Known;
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind, RemoteTime};

use crate::here::{Here, exception, removed, single, weekly, weekly_event};

/// A series that was moved to two o'clock, whole as a provider tells it: with the exceptions that it still has.
fn moved(id: &str, title: &str) -> RemoteEntry {
    let time = RemoteTime::Timed {
        start: "2027-01-04T13:00:00Z".parse().unwrap(),
        end: "2027-01-04T14:00:00Z".parse().unwrap(),
        zone: "Europe/Berlin".into(),
        provider_zone: None,
    };
    RemoteEntry::Event(Box::new(RemoteEvent { time, ..weekly_event(id, title, &[]) }))
}

#[test]
fn an_exception_that_is_not_told_with_its_series_is_doubted() {
    let mut here = Here::default();
    let recital = || exception("x", "s", "recital", "2027-01-11");
    here.read(vec![weekly("s", "class", &[]), recital(), exception("y", "s", "concert", "2027-01-18")]);
    assert_eq!(here.read(vec![weekly("s", "class", &[]), recital()]), "left out concert");
    let said = here.read(vec![moved("s", "class"), recital()]);
    assert_eq!(said, "update class (end_time,occupied_from,occupied_until,start_time); left out concert");
    // Told by a page before this one of the same run, or to be found out at the end of a complete read: no doubt.
    let known = Known { met: ["y".to_owned()].into(), ..here.known() };
    assert_eq!(here.plan_with(vec![weekly("s", "class", &[]), recital()], known, 2).left_out, []);
    let known = Known { is_complete: true, ..here.known() };
    assert_eq!(here.plan_with(vec![weekly("s", "class", &[])], known, 2).left_out, []);
}

#[test]
fn an_exception_is_taken_over_beside_the_doubtful_word_that_its_series_is_gone() {
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[])]);
    let page = vec![removed("s"), exception("x", "s", "recital", "2027-01-11")];
    assert_eq!(here.read(page), "gone? class; create recital; left out recital");
}

#[test]
fn an_exception_that_is_a_plain_occurrence_again_leaves_what_the_house_wrote_on_it() {
    let occurrence = |id: &str, day: &str| RemoteEntry::Occurrence {
        id: id.into(),
        series_master_id: "s".into(),
        start: format!("{day}T09:00:00Z").parse().unwrap(),
    };
    let mut here = Here::default();
    here.read(vec![
        weekly("s", "class", &[]),
        exception("x", "s", "recital", "2027-01-11"),
        exception("y", "s", "concert", "2027-01-18"),
    ]);
    let id = here.write_on("recital", "needs the piano");
    let page =
        || vec![occurrence("x", "2027-01-11"), occurrence("y", "2027-01-18"), occurrence("z", "2027-01-25")];
    assert_eq!(here.read(page()), "overlay recital; plain concert");
    let overlay = here.events[&id].clone();
    assert_eq!(
        (overlay.title.as_str(), overlay.internal_notes.as_deref()),
        ("class", Some("needs the piano"))
    );
    assert_eq!((overlay.inherits_shared, &overlay.outlook_event_id), (Some(true), &None));
    assert_eq!((here.events.len(), here.links.len()), (2, 1));
    assert_eq!(here.read(page()), "", "said once");
    // One whose date is no date of the series any more goes as deleted ones go, after the provider was asked.
    here.read(vec![exception("y", "s", "concert", "2027-01-19")]);
    assert_eq!(here.read(page()), "gone? concert");
}

#[test]
fn an_exception_takes_the_place_of_one_that_was_dropped_from_its_date() {
    for is_reset in [false, true] {
        let mut here = Here::default();
        here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-11")]);
        let id = here.write_on("recital", "needs the piano");
        let mut page = vec![exception("y", "s", "concert", "2027-01-11")];
        if is_reset {
            let start = "2027-01-11T09:00:00Z".parse().unwrap();
            page.push(RemoteEntry::Occurrence { id: "x".into(), series_master_id: "s".into(), start });
        }
        let said = here.read(page);
        let concert = here.titled("concert");
        assert_eq!((here.links.len(), here.links.contains_key("y")), (2, true), "{said}");
        assert_eq!((concert.id, concert.internal_notes.as_deref()), (id, Some("needs the piano")));
    }
}

#[test]
fn a_series_that_is_one_event_now_takes_its_dates_along() {
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-11")]);
    here.note_on("class", "2027-01-18", "bring easels");
    let said = here.read(vec![single("s", "class")]);
    assert!(said.ends_with("ended class; left out recital"), "{said}");
    assert!(!here.titled("class").is_recurring);
}

#[test]
fn what_is_told_as_a_date_of_a_series_that_is_one_event_now_is_doubted() {
    let recital = || exception("x", "s", "recital", "2027-01-11");
    for is_known in [false, true] {
        let mut here = Here::default();
        here.read(vec![weekly("s", "class", &[])]);
        if is_known {
            here.read(vec![recital()]);
        }
        let said = here.read(vec![recital(), single("s", "class")]);
        assert!(said.ends_with("; left out recital"), "{said}");
        assert_eq!(said.matches("left out").count(), 1, "{said}");
        let said = here.read(vec![exception("x", "s", "concert", "2027-01-11")]);
        assert!(said.ends_with("; left out concert"), "also by a page that does not name the series: {said}");
    }
    // It has no dates on which what was written on a plain one again could stand.
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[]), recital()]);
    here.write_on("recital", "needs the piano");
    let start = "2027-01-11T09:00:00Z".parse().unwrap();
    let occurrence = RemoteEntry::Occurrence { id: "x".into(), series_master_id: "s".into(), start };
    let said = here.read(vec![occurrence, single("s", "class")]);
    assert!(said.contains("gone? recital"), "{said}");
    // What it is besides is no doubt.
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[]), recital()]);
    let said = here.read(vec![single("s", "class"), single("x", "recital")]);
    assert!(!said.contains("left out"), "{said}");
}

#[test]
fn the_exceptions_of_a_series_go_along_into_another_calendar() {
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-11")]);
    let noted = here.note_on("class", "2027-01-18", "bring easels");
    // Another calendar has no links of theirs; it recognises them by their ids.
    let links = std::mem::take(&mut here.links);
    let known = here.known();
    here.links = links;
    let plan = here.plan_with(vec![weekly("s", "class", &[])], known, 3);
    let said = here.apply(plan);
    let mut steps: Vec<&str> = said.split("; ").collect();
    steps.sort_unstable();
    assert_eq!(steps, ["follow class", "follow recital", "left out recital", "relink class (calendar_id)"]);
    let calendar = Id::from_bytes([3; 12]);
    assert_eq!(here.events[&noted].calendar_id, calendar);
    assert!(here.events.values().all(|event| event.calendar_id == calendar));
}

#[test]
fn what_could_not_be_synced_says_so_on_the_event_once_and_until_it_could() {
    let mut here = Here::default();
    here.read(vec![single("1", "Fair")]);
    let garbled = || RemoteEntry::Unreadable {
        id: Some("1".into()),
        code: "bad_shape".into(),
        reason: "it has no time".into(),
    };
    assert_eq!(here.read(vec![garbled()]), "mark Fair Error; refuse bad_shape");
    assert_eq!(here.titled("Fair").sync_errors, ["it has no time"]);
    assert_eq!(here.read(vec![garbled()]), "refuse bad_shape", "it says so already");
    assert_eq!(here.read(vec![single("1", "Fair")]), "mark Fair Synced");
    assert!(here.titled("Fair").sync_errors.is_empty());
    here.read(vec![garbled()]);
    assert_eq!(here.read(vec![single("1", "Fairs")]), "update Fairs (sync_errors,sync_status,title)");
}

/// A series in a zone that has no name here, so that its rule is not read.
fn custom(title: &str, cancelled: &[&str]) -> RemoteEntry {
    let mut series = weekly_event("s", title, cancelled);
    if let RemoteTime::Timed { zone, provider_zone, .. } = &mut series.time {
        (*zone, *provider_zone) = ("UTC".into(), Some("tzone://Microsoft/Custom".into()));
    }
    if let RemoteKind::Master { recurrence } = &mut series.kind {
        recurrence.lines.clear();
    }
    RemoteEntry::Event(Box::new(series))
}

#[test]
fn a_series_that_cannot_be_read_any_more_keeps_what_the_house_wrote_on_its_dates() {
    let mut here = Here::default();
    here.read(vec![weekly("s", "class", &[]), exception("x", "s", "recital", "2027-01-25")]);
    let noted = here.note_on("class", "2027-01-11", "bring easels");
    let cancelled = here.note_on("class", "2027-01-18", "needs the piano");
    let recital = here.write_on("recital", "needs the hall");
    let before = here.events[&noted].clone();
    let said =
        here.read(vec![custom("class", &["2027-01-18"]), exception("x", "s", "recital", "2027-01-25")]);
    assert!(
        said.contains("; cancelled class; refuse") && said.matches("cancelled class").count() == 1,
        "{said}"
    );
    assert!(!here.events.contains_key(&cancelled));
    assert_eq!(here.events[&noted], before);
    // Its item is an occurrence now: what was written on it stays on its date.
    let start = "2027-01-25T09:00:00Z".parse().unwrap();
    let occurrence = RemoteEntry::Occurrence { id: "x".into(), series_master_id: "s".into(), start };
    assert_eq!(here.read(vec![occurrence]), "overlay recital");
    // When it can be read again both are what it says of their dates.
    here.read(vec![moved("s", "lesson")]);
    for id in [noted, recital] {
        let event = &here.events[&id];
        assert_eq!((event.title.as_str(), event.internal_notes.is_some()), ("lesson", true));
        assert!(event.start_time.to_string().ends_with("T13:00:00Z"), "{}", event.start_time);
    }
}

#[test]
fn a_series_in_a_zone_nobody_knows_says_that_only_its_first_date_is_shown() {
    let custom = |title: &str| custom(title, &[]);
    let mut here = Here::default();
    assert_eq!(here.read(vec![custom("class")]), "create class; refuse series_not_expandable");
    assert!(here.titled("class").sync_errors[0].contains("time zone"));
    assert_eq!(here.read(vec![custom("class")]), "", "it says so already");
    let said = here.read(vec![weekly("s", "class", &[])]);
    assert!(said.contains("sync_errors,sync_status"), "{said}");
    assert!(here.titled("class").sync_errors.is_empty());
}
