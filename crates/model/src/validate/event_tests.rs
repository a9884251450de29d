//! The rules between fields as a table: what is changed in a good event, and which fields then have an error.

use jiff::Timestamp;

use super::event;
use crate::Id;
use crate::documents::{Event, RecurrencePattern};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn good() -> Event {
    let id = |last| Id::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
    Event::new(id(1), id(2), id(3), "Gala", at("2026-11-23T18:00:00Z"), at("2026-11-23T23:00:00Z"))
}

fn pattern(kind: &str) -> RecurrencePattern {
    RecurrencePattern {
        kind: kind.to_owned(),
        interval: 1,
        days_of_week: Vec::new(),
        day_of_month: None,
        end_date: None,
        occurrence_count: None,
    }
}

fn series(kind: &str, change: impl Fn(&mut RecurrencePattern) + 'static) -> Change {
    let kind = kind.to_owned();
    Box::new(move |event| {
        let mut rule = pattern(&kind);
        change(&mut rule);
        event.is_recurring = true;
        event.recurrence_pattern = Some(rule);
    })
}

type Change = Box<dyn Fn(&mut Event)>;

fn by(change: impl Fn(&mut Event) + 'static) -> Change {
    Box::new(change)
}

fn check(cases: Vec<(&str, Change, &[&str])>) {
    for (what, change, expected) in cases {
        let mut changed = good();
        change(&mut changed);
        let fields: Vec<String> = event(&changed).into_iter().map(|error| error.field).collect();
        assert_eq!(fields, expected, "{what}");
    }
}

#[test]
fn start_and_end() {
    check(vec![
        ("nothing changed", by(|_| ()), &[]),
        ("end before start", by(|e| e.end_time = at("2026-11-23T17:59:00Z")), &["end_time"]),
        ("no duration, made here", by(|e| e.end_time = e.start_time), &["end_time"]),
        (
            "no duration, from Outlook",
            by(|e| {
                e.end_time = e.start_time;
                e.outlook_event_id = Some("AAMk".to_owned());
            }),
            &[],
        ),
        (
            "end before start, from Outlook",
            by(|e| {
                e.end_time = at("2026-11-23T17:59:00Z");
                e.outlook_event_id = Some("AAMk".to_owned());
            }),
            &["end_time"],
        ),
        ("ten years", by(|e| e.end_time = at("2036-11-23T18:00:00Z")), &[]),
        ("more than ten years", by(|e| e.end_time = at("2036-11-24T18:00:01Z")), &["end_time"]),
    ]);
}

#[test]
fn whole_days() {
    let day = |start: &'static str, end: &'static str| {
        by(move |e| {
            e.all_day = true;
            e.start_time = at(start);
            e.end_time = at(end);
        })
    };
    check(vec![
        ("one day", day("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"), &[]),
        ("before 1970", day("1969-11-23T00:00:00Z", "1969-11-24T00:00:00Z"), &[]),
        ("not at midnight", day("2026-11-23T01:00:00Z", "2026-11-24T00:00:00Z"), &["start_time"]),
        (
            "neither at midnight",
            day("2026-11-23T01:00:00Z", "2026-11-24T01:00:00Z"),
            &["start_time", "end_time"],
        ),
        ("no day at all", day("2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z"), &["end_time"]),
    ]);
}

#[test]
fn crew_times() {
    check(vec![
        (
            "all four, touching",
            by(|e| {
                e.setup_start_time = Some(at("2026-11-23T14:00:00Z"));
                e.setup_end_time = Some(e.start_time);
                e.teardown_start_time = Some(e.end_time);
                e.teardown_end_time = Some(at("2026-11-24T02:00:00Z"));
            }),
            &[],
        ),
        (
            "only the outer two",
            by(|e| (e.setup_start_time, e.teardown_end_time) = (Some(e.start_time), Some(e.end_time))),
            &[],
        ),
        (
            "set-up after the start",
            by(|e| e.setup_start_time = Some(at("2026-11-23T18:01:00Z"))),
            &["setup_start_time"],
        ),
        (
            "set-up ends after the start",
            by(|e| {
                e.setup_start_time = Some(at("2026-11-23T16:00:00Z"));
                e.setup_end_time = Some(at("2026-11-23T18:01:00Z"));
            }),
            &["setup_end_time"],
        ),
        (
            "set-up ends before it begins",
            by(|e| {
                e.setup_start_time = Some(at("2026-11-23T16:00:00Z"));
                e.setup_end_time = Some(at("2026-11-23T15:00:00Z"));
            }),
            &["setup_end_time"],
        ),
        ("set-up without start", by(|e| e.setup_end_time = Some(e.start_time)), &["setup_start_time"]),
        ("teardown without end", by(|e| e.teardown_start_time = Some(e.end_time)), &["teardown_end_time"]),
        (
            "teardown over before the end",
            by(|e| e.teardown_end_time = Some(at("2026-11-23T22:00:00Z"))),
            &["teardown_end_time"],
        ),
        (
            "teardown begins before the end",
            by(|e| {
                e.teardown_start_time = Some(at("2026-11-23T22:00:00Z"));
                e.teardown_end_time = Some(at("2026-11-24T01:00:00Z"));
            }),
            &["teardown_start_time"],
        ),
        (
            "teardown ends before it begins",
            by(|e| {
                e.teardown_start_time = Some(at("2026-11-24T02:00:00Z"));
                e.teardown_end_time = Some(at("2026-11-24T01:00:00Z"));
            }),
            &["teardown_end_time"],
        ),
        (
            "set-up ten years ahead",
            by(|e| e.setup_start_time = Some(at("2016-01-01T00:00:00Z"))),
            &["setup_start_time"],
        ),
    ]);
}

#[test]
fn recurrence() {
    check(vec![
        (
            "weekly",
            series("weekly", |p| p.days_of_week = vec!["monday".to_owned(), "friday".to_owned()]),
            &[],
        ),
        (
            "by exact rule only",
            by(|e| (e.is_recurring, e.recurrence_rule) = (true, vec!["RRULE:FREQ=DAILY".to_owned()])),
            &[],
        ),
        ("no rule", by(|e| e.is_recurring = true), &["recurrence_pattern"]),
        (
            "a rule on a single event",
            by(|e| e.recurrence_pattern = Some(pattern("daily"))),
            &["recurrence_pattern"],
        ),
        (
            "two ends",
            series("daily", |p| {
                p.end_date = Some(at("2026-12-23T00:00:00Z"));
                p.occurrence_count = Some(3);
            }),
            &["recurrence_pattern.occurrence_count"],
        ),
        ("ends on its first day", series("daily", |p| p.end_date = Some(at("2026-11-23T00:00:00Z"))), &[]),
        (
            "ends before it begins",
            series("daily", |p| p.end_date = Some(at("2026-11-22T00:00:00Z"))),
            &["recurrence_pattern.end_date"],
        ),
        (
            "days of the week, monthly",
            series("monthly", |p| p.days_of_week = vec!["monday".to_owned()]),
            &["recurrence_pattern.days_of_week"],
        ),
        (
            "a day twice",
            series("weekly", |p| p.days_of_week = vec!["monday".to_owned(); 2]),
            &["recurrence_pattern.days_of_week"],
        ),
        (
            "day of month, weekly",
            series("weekly", |p| p.day_of_month = Some(15)),
            &["recurrence_pattern.day_of_month"],
        ),
        (
            "a pattern that says less than the rule is not judged",
            by(|e| {
                e.is_recurring = true;
                e.recurrence_lossless = Some(false);
                e.recurrence_pattern = Some(RecurrencePattern { day_of_month: Some(1), ..pattern("daily") });
            }),
            &[],
        ),
    ]);
}

#[test]
fn exceptions() {
    let master = || Some(Id::from_bytes([7; 12]));
    check(vec![
        (
            "an exception",
            by(move |e| {
                e.recurrence_master_id = master();
                e.original_date = Some("2026-11-23".to_owned());
            }),
            &[],
        ),
        ("of which occurrence?", by(move |e| e.recurrence_master_id = master()), &["original_start"]),
        (
            "of itself",
            by(|e| {
                e.recurrence_master_id = Some(e.id);
                e.original_start = Some(e.start_time);
            }),
            &["recurrence_master_id"],
        ),
        ("not a date", by(|e| e.original_date = Some("23.11.2026".to_owned())), &["original_date"]),
        (
            "called-off dates",
            by(|e| {
                e.is_recurring = true;
                e.recurrence_rule = vec!["RRULE:FREQ=DAILY".to_owned()];
                e.cancelled_occurrences = vec!["2026-11-24".to_owned(), "2026-02-30".to_owned()];
            }),
            &["cancelled_occurrences[1]"],
        ),
    ]);
}
