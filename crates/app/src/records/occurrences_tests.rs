//! What a window, a time zone, a change of time and a cancelled date do to the occurrences of a series.

use super::*;

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn master(start: &str, end: &str, zone: &str, rule: &str, cancelled: &[&str]) -> Event {
    let id = Id::from_bytes([7; 12]);
    let mut event = Event::new(id, id, id, "Stand-up", instant(start), instant(end));
    event.time_zone = zone.to_owned();
    event.is_recurring = true;
    event.recurrence_rule = vec![format!("RRULE:{rule}")];
    event.cancelled_occurrences = cancelled.iter().map(|date| (*date).to_owned()).collect();
    event.derive();
    event
}

/// The names of the occurrences in a window.
fn check(master: Event, exceptions: &[&str], from: &str, until: &str, occupied: bool, expected: &[&str]) {
    let exceptions = exceptions.iter().map(|date| date.parse().unwrap());
    let expansion = Expansion::new(master, exceptions);
    let window = Window { from: instant(from), until: instant(until) };
    let found = expansion.between(window, occupied, Timestamp::MIN);
    let names: Vec<String> = found
        .map(|occurrence| {
            expansion.name(&occurrence).strip_prefix("070707070707070707070707:").unwrap().to_owned()
        })
        .collect();
    assert_eq!(names, expected);
}

const WEEKLY: &str = "FREQ=WEEKLY;BYDAY=MO";

fn weekly() -> Event {
    master("2026-10-19T07:00:00Z", "2026-10-19T08:00:00Z", "Europe/Berlin", WEEKLY, &[])
}

#[test]
fn wall_clock_times_hold_over_the_change_of_clocks() {
    let expected = ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"];
    check(weekly(), &[], "2026-10-01T00:00:00Z", "2026-11-03T00:00:00Z", false, &expected);
    let sydney = master(
        "2026-09-28T23:00:00Z",
        "2026-09-29T00:00:00Z",
        "Australia/Sydney",
        "FREQ=WEEKLY;COUNT=2",
        &[],
    );
    let expected = ["2026-09-28T23:00:00Z", "2026-10-05T22:00:00Z"];
    check(sydney, &[], "2026-09-01T00:00:00Z", "2027-11-03T00:00:00Z", false, &expected);
}

/// Saturdays from 22:00 to 04:00 in Berlin, on either side of the night in which the clocks go back.
fn nights() -> Event {
    master("2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z", "Europe/Berlin", "FREQ=WEEKLY;BYDAY=SA", &[])
}

#[test]
fn a_night_ends_by_the_clock_on_the_wall_and_its_teardown_with_it() {
    let mut series = nights();
    series.teardown_end_time = Some(instant("2026-10-18T03:00:00Z"));
    let expansion = Expansion::new(series.clone(), []);
    let at = |start| expansion.at(OriginalStart::Instant(instant(start))).unwrap();
    for (start, end, torn_down) in [
        ("2026-10-17T20:00:00Z", "2026-10-18T02:00:00Z", "2026-10-18T03:00:00Z"),
        ("2026-10-24T20:00:00Z", "2026-10-25T03:00:00Z", "2026-10-25T04:00:00Z"),
        ("2026-10-31T21:00:00Z", "2026-11-01T03:00:00Z", "2026-11-01T04:00:00Z"),
    ] {
        let event = expansion.event(&at(start));
        assert_eq!((event.end_time, at(start).end), (instant(end), instant(end)), "{start}");
        assert_eq!(event.teardown_end_time, Some(instant(torn_down)), "{start}");
        assert_eq!(at(start).occupied_until, event.occupied_until, "{start}");
    }
    // The hour by which that night is longer is found.
    let (from, until) = ("2026-10-25T02:30:00Z", "2026-10-25T03:00:00Z");
    check(series.clone(), &[], from, until, false, &["2026-10-24T20:00:00Z"]);
    let (from, until) = ("2026-10-25T03:30:00Z", "2026-10-25T04:00:00Z");
    check(series, &[], from, until, true, &["2026-10-24T20:00:00Z"]);
}

#[test]
fn windows_are_half_open() {
    check(weekly(), &[], "2026-10-19T08:00:00Z", "2026-10-26T08:00:00Z", false, &[]);
    check(weekly(), &[], "2026-10-19T07:59:59Z", "2026-10-19T08:00:00Z", false, &["2026-10-19T07:00:00Z"]);
    check(weekly(), &[], "2026-10-26T08:00:00Z", "2026-10-26T08:00:01Z", false, &["2026-10-26T08:00:00Z"]);
}

#[test]
fn cancelled_dates_and_dates_with_a_document_are_left_out() {
    let mut series = weekly();
    series.cancelled_occurrences = vec!["2026-10-26".to_owned()];
    let expected = ["2026-10-19T07:00:00Z", "2026-11-09T08:00:00Z"];
    check(series, &["2026-11-02"], "2026-10-01T00:00:00Z", "2026-11-10T00:00:00Z", false, &expected);
}

#[test]
fn count_counts_the_cancelled_ones_too() {
    let series = master(
        "2026-10-19T07:00:00Z",
        "2026-10-19T08:00:00Z",
        "Europe/Berlin",
        "FREQ=DAILY;COUNT=3",
        &["2026-10-20"],
    );
    let expected = ["2026-10-19T07:00:00Z", "2026-10-21T07:00:00Z"];
    check(series, &[], "2026-10-01T00:00:00Z", "2027-11-10T00:00:00Z", false, &expected);
}

#[test]
fn whole_days_are_named_by_date_and_belong_to_no_zone() {
    let mut fair =
        master("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "UTC", "FREQ=YEARLY;INTERVAL=1", &[]);
    fair.all_day = true;
    let expected = ["2026-11-23", "2027-11-23"];
    check(fair.clone(), &[], "2026-11-24T23:59:59Z", "2027-11-24T00:00:00Z", false, &expected);
    let expansion = Expansion::new(fair, []);
    assert!(expansion.at(OriginalStart::Date("2027-11-23".parse().unwrap())).is_some());
    assert!(expansion.at(OriginalStart::Date("2027-11-24".parse().unwrap())).is_none());
    assert!(expansion.at(OriginalStart::Instant(instant("2027-11-23T00:00:00Z"))).is_none());
}

#[test]
fn set_up_and_teardown_move_along_and_count_when_asked() {
    let mut series = weekly();
    series.setup_start_time = Some(instant("2026-10-19T05:00:00Z"));
    series.teardown_end_time = Some(instant("2026-10-19T10:00:00Z"));
    let (from, until) = ("2026-10-26T10:30:00Z", "2026-10-26T12:00:00Z");
    check(series.clone(), &[], from, until, false, &[]);
    check(series.clone(), &[], from, until, true, &["2026-10-26T08:00:00Z"]);
    check(
        series.clone(),
        &[],
        "2026-10-26T05:00:00Z",
        "2026-10-26T06:30:00Z",
        true,
        &["2026-10-26T08:00:00Z"],
    );
    let expansion = Expansion::new(series, []);
    let occurrence = expansion.at(OriginalStart::Instant(instant("2026-10-26T08:00:00Z"))).unwrap();
    let event = expansion.event(&occurrence);
    assert_eq!(event.setup_start_time, Some(instant("2026-10-26T06:00:00Z")));
    assert_eq!(event.teardown_end_time, Some(instant("2026-10-26T11:00:00Z")));
    assert_eq!(event.occupied_from, occurrence.occupied_from);
    assert_eq!(event.occupied_until, occurrence.occupied_until);
    assert_eq!(event.original_date.as_deref(), Some("2026-10-26"));
    assert!(!event.is_recurring && event.recurrence_rule.is_empty());
}

#[test]
fn a_rule_we_cannot_expand_shows_its_own_start() {
    let odd = master("2026-10-19T07:00:00Z", "2026-10-19T08:00:00Z", "UTC", "FREQ=YEARLY;BYWEEKNO=20", &[]);
    let expected = ["2026-10-19T07:00:00Z"];
    check(odd, &[], "2026-10-01T00:00:00Z", "2028-11-10T00:00:00Z", false, &expected);
}

#[test]
fn an_endless_old_series_is_jumped_into() {
    let old = master("1990-01-01T09:00:00Z", "1990-01-01T10:00:00Z", "UTC", "FREQ=DAILY", &[]);
    check(old, &[], "2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z", false, &["2026-10-01T09:00:00Z"]);
}

#[test]
fn a_late_page_begins_where_it_should() {
    let expansion = Expansion::new(weekly(), []);
    let window = Window { from: instant("2026-10-01T00:00:00Z"), until: instant("2026-12-01T00:00:00Z") };
    let all: Vec<Occurrence> = expansion.between(window, false, Timestamp::MIN).collect();
    for (index, occurrence) in all.iter().enumerate() {
        let rest: Vec<Occurrence> = expansion.between(window, false, occurrence.start).collect();
        assert_eq!(rest, all[index..]);
    }
}

proptest::proptest! {
    #[test]
    fn the_text_of_an_occurrence_is_that_of_its_event(
        title in ".{1,30}",
        notes in proptest::option::of("[\"\\\\:,{}a-z_]{0,60}"),
        setup in proptest::option::of(0_i64..200),
        teardown in proptest::option::of(0_i64..200),
        kind in 0..3,
    ) {
        let mut series = match kind {
            0 => weekly(),
            1 => nights(),
            _ => master("2026-10-19T00:00:00Z", "2026-10-20T00:00:00Z", "Europe/Berlin", WEEKLY, &[]),
        };
        series.all_day = kind == 2;
        let minutes = SignedDuration::from_mins;
        series.title = title;
        series.internal_notes = notes.clone();
        series.recurrence_original = notes.map(|notes| serde_json::json!({"_id": notes, "start_time": "x"}));
        series.setup_start_time = setup.map(|before| series.start_time - minutes(before));
        series.teardown_end_time = teardown.map(|after| series.end_time + minutes(after));
        let expansion = Expansion::new(series, []);
        let window = Window { from: instant("2026-10-01T00:00:00Z"), until: instant("2026-12-01T00:00:00Z") };
        // The changes of clocks lie inside.
        for occurrence in expansion.between(window, false, Timestamp::MIN) {
            let plain = view::event_text(&expansion.event(&occurrence)).unwrap();
            let mut plain: serde_json::Value = serde_json::from_str(&plain).unwrap();
            plain["_id"] = expansion.name(&occurrence).into();
            let text = expansion.text(&occurrence).unwrap();
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), plain);
        }
    }
}

#[test]
fn paths_name_documents_and_occurrences() {
    let id = Id::from_bytes([7; 12]);
    let cases = [
        (format!("{id}"), Some(EventRef::Stored(id))),
        (
            format!("{id}:2026-11-23"),
            Some(EventRef::Occurrence(id, OriginalStart::Date("2026-11-23".parse().unwrap()))),
        ),
        (
            format!("{id}:2026-11-23T09:00:00Z"),
            Some(EventRef::Occurrence(id, OriginalStart::Instant(instant("2026-11-23T09:00:00Z")))),
        ),
        (format!("{id}:"), None),
        (format!("{id}:tomorrow"), None),
        ("x:2026-11-23".to_owned(), None),
        (String::new(), None),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse().ok(), expected, "{text}");
    }
}
