//! Calendar files, read back by ical-rs: a second opinion on folding, escaping, zones and recurrence.

use exports::{Format, StoodIn};
use ical::ical::Ical;
use ical::recur::IcalRecurDateTime;
use ical::recur::set::IcalRecurSet;
use ical::tree::cst::IcalCst;
use ical::tz::{IcalTz, IcalTzOffset};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::Id;
use model::collections::EVENTS;
use model::documents::{Attendee, Event, PriorityLevel};
use model::schema::{Exposure, Kind};
use proptest::prelude::*;
use recurrence::{Anchor, Rule, Series};
use serde_json::Value;

use crate::{file, file_with};

fn id(number: u8) -> Id {
    Id::from_bytes([number; 12])
}

/// An event that begins at this wall-clock time of the zone and lasts an hour.
fn event(number: u8, zone: &str, start: &str) -> Event {
    let tz = TimeZone::get(zone).unwrap();
    let start = tz.to_timestamp(start.parse::<DateTime>().unwrap()).unwrap();
    let end = start + SignedDuration::from_hours(1);
    let mut event = Event::new(id(number), id(200), id(201), "Choir", start, end);
    event.time_zone = zone.to_owned();
    event.updated_at = "2026-11-20T12:00:00Z".parse().unwrap();
    event
}

fn series(number: u8, zone: &str, start: &str, rule: &str) -> Event {
    let mut event = event(number, zone, start);
    event.is_recurring = true;
    event.recurrence_rule = vec![format!("RRULE:{rule}")];
    event
}

fn calendar(events: &[Event]) -> String {
    let documents: Vec<Value> = events.iter().map(|event| serde_json::to_value(event).unwrap()).collect();
    let text = String::from_utf8(file(Format::Ics, &EVENTS, &documents)).unwrap();
    assert_whole(&text);
    text
}

/// Every line ends as it must and is short enough, and the whole keeps to RFC 5545.
fn assert_whole(text: &str) {
    assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("\r\nEND:VCALENDAR\r\n"), "{text}");
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line:?}");
    }
    let cst = IcalCst::parse(text).unwrap();
    if let Err(errors) = cst.decode().validate() {
        panic!("{errors:?} in {text}");
    }
}

fn read<T>(text: &str, look: impl FnOnce(&Ical<'_>) -> T) -> T {
    look(&IcalCst::parse(text).unwrap().decode())
}

fn lines<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.split("\r\n").filter(|line| line.starts_with(start)).collect()
}

fn there(local: DateTime) -> IcalRecurDateTime {
    let part = |number: i8| u8::try_from(number).unwrap();
    IcalRecurDateTime {
        year: local.year().into(),
        month: part(local.month()),
        day: part(local.day()),
        hour: part(local.hour()),
        minute: part(local.minute()),
        second: part(local.second()),
    }
}

/// The starts of a series, as the other side understands the file; `zone` is `None` for whole days.
fn starts(text: &str, event: &Event, zone: Option<&str>, most: usize) -> Vec<i64> {
    read(text, |calendar| {
        let set = IcalRecurSet::of_uid(&calendar.components, &format!("{}@callboard", event.id));
        let zone = zone.map(|name| IcalTz::of_calendar(calendar, name).unwrap());
        let instant = |local: IcalRecurDateTime| match &zone {
            Some(zone) => zone.resolve(local).literal_instant(local),
            None => local.seconds(),
        };
        set.expand().take(most).map(|occurrence| instant(occurrence.start)).collect()
    })
}

/// The same, as we understand the rule.
fn expected(event: &Event, most: usize) -> Vec<i64> {
    let tz = TimeZone::get(&event.time_zone).unwrap();
    let anchor = match event.all_day {
        true => Anchor::Date(TimeZone::UTC.to_datetime(event.start_time).date()),
        false => Anchor::Zoned { local: tz.to_datetime(event.start_time), zone: tz },
    };
    let rule = Rule::parse(&event.recurrence_rule[0]).unwrap();
    let cancelled: Vec<Date> = event.cancelled_occurrences.iter().map(|date| date.parse().unwrap()).collect();
    let series = Series::new(&rule, anchor).unwrap().with_cancelled(cancelled);
    series.iter().take(most).map(|slot| slot.start.as_second()).collect()
}

#[test]
fn a_single_event_is_said_in_full() {
    let mut one = event(1, "Europe/Berlin", "2026-11-27T19:00:00");
    one.title = "Jazz; night, \\o/".to_owned();
    one.description = Some("Doors open\nat seven".to_owned());
    one.location = Some("Great Hall".to_owned());
    one.category = Some("Concert".to_owned());
    one.categories = vec!["Concert".to_owned(), "Loud, late".to_owned()];
    one.sensitivity = Some("private".to_owned());
    one.show_as = Some("free".to_owned());
    one.is_cancelled = true;
    let text = calendar(std::slice::from_ref(&one));
    for line in [
        "UID:010101010101010101010101@callboard",
        "DTSTAMP:20261120T120000Z",
        "DTSTART;TZID=Europe/Berlin:20261127T190000",
        "DTEND;TZID=Europe/Berlin:20261127T200000",
        "SUMMARY:Jazz\\; night\\, \\\\o/",
        "DESCRIPTION:Doors open\\nat seven",
        "LOCATION:Great Hall",
        "CATEGORIES:Concert,Loud\\, late",
        "CLASS:PRIVATE",
        "STATUS:CANCELLED",
        "TRANSP:TRANSPARENT",
    ] {
        assert_eq!(lines(&text, line), [line]);
    }
    assert_eq!(lines(&text, "BEGIN:VTIMEZONE").len(), 1);
}

#[test]
fn whole_days_are_dates_and_utc_is_utc() {
    let mut days = event(1, "UTC", "2026-11-27T00:00:00");
    days.all_day = true;
    days.end_time = "2026-11-29T00:00:00Z".parse().unwrap();
    let moment = event(2, "UTC", "2026-11-27T19:00:00");
    let text = calendar(&[days, moment]);
    assert_eq!(lines(&text, "DTSTART"), ["DTSTART;VALUE=DATE:20261127", "DTSTART:20261127T190000Z"]);
    assert_eq!(lines(&text, "DTEND"), ["DTEND;VALUE=DATE:20261129", "DTEND:20261127T200000Z"]);
    assert!(!text.contains("VTIMEZONE"));
}

#[test]
fn the_second_of_two_equal_wall_clock_times_is_said_in_utc() {
    let mut late = event(1, "Europe/Berlin", "2026-10-25T02:30:00");
    late.start_time += SignedDuration::from_hours(1);
    late.end_time = late.start_time;
    let text = calendar(&[late]);
    assert_eq!(lines(&text, "DTSTART").last(), Some(&"DTSTART:20261025T013000Z"));
    assert!(lines(&text, "DTEND").is_empty(), "what has no length ends where it starts");
}

/// Every wall-clock time around every change of the offset, as jiff and the file say it.
#[test]
fn zones_say_what_the_zone_data_say() {
    let zones = [
        "Europe/Berlin",
        "Europe/Dublin",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Asia/Tehran",
        "Asia/Gaza",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Pacific/Auckland",
        "Pacific/Apia",
        "America/St_Johns",
        "America/Caracas",
        "Europe/Istanbul",
        "Antarctica/Troll",
        "Asia/Kathmandu",
    ];
    for zone in zones {
        let tz = TimeZone::get(zone).unwrap();
        let text = calendar(&[event(1, zone, "2026-06-01T12:00:00")]);
        let theirs = read(&text, |calendar| IcalTz::of_calendar(calendar, zone).unwrap());
        let mut looked = 0;
        let from: Timestamp = "1971-01-01T00:00:00Z".parse().unwrap();
        let until: Timestamp = "2099-01-01T00:00:00Z".parse().unwrap();
        let around = tz.following(from).map(|change| change.timestamp()).take_while(|at| *at < until);
        let mut instants: Vec<Timestamp> = (1971..2099)
            .map(|year: i16| {
                Date::new(year, 7, 1).unwrap().at(12, 0, 0, 0).to_zoned(tz.clone()).unwrap().timestamp()
            })
            .collect();
        instants.extend(
            around.flat_map(|at| [-26, -2, 2, 26].map(|hours| at + SignedDuration::from_hours(hours))),
        );
        // The other side works each question out anew: some forty spread over all, the years of people's calendars in full.
        let step = (instants.len() / 40).max(1);
        let is_asked = |place: usize, at: &Timestamp| {
            place.is_multiple_of(step) || (2024..2028).contains(&tz.to_datetime(*at).year())
        };
        for (_, at) in instants.into_iter().enumerate().filter(|(place, at)| is_asked(*place, at)) {
            let local = tz.to_datetime(at);
            if let IcalTzOffset::One(offset) = theirs.resolve(there(local)) {
                assert_eq!(offset, tz.to_offset(at).seconds(), "{zone} at {at}: {text}");
                looked += 1;
            }
        }
        assert!(looked > 30, "{zone}: {looked}");
    }
}

const RULES: [&str; 12] = [
    "FREQ=DAILY;COUNT=40",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=60",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;WKST=SU",
    "FREQ=WEEKLY;UNTIL=20270601T215959Z",
    "FREQ=MONTHLY;BYDAY=2TU;COUNT=30",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20280115",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=24",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=4",
    "FREQ=DAILY;INTERVAL=3;UNTIL=20270301T090000",
];

/// Begun on a day the rule gives, and on one it does not: readers take DTSTART for an occurrence.
#[test]
fn series_have_the_occurrences_that_the_rule_gives() {
    for rule in RULES {
        for zone in ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata"] {
            for start in ["2026-11-03T09:00:00", "2026-03-30T19:30:00"] {
                let series = series(1, zone, start, rule);
                let text = calendar(std::slice::from_ref(&series));
                let ours = expected(&series, 50);
                assert_eq!(
                    starts(&text, &series, Some(zone), 50),
                    ours,
                    "{rule} in {zone} from {start}: {text}"
                );
            }
        }
        let mut days = series(1, "UTC", "2026-11-03T00:00:00", rule);
        days.all_day = true;
        days.end_time = days.start_time + SignedDuration::from_hours(24);
        let text = calendar(std::slice::from_ref(&days));
        assert_eq!(starts(&text, &days, None, 50), expected(&days, 50), "{rule} of whole days: {text}");
        assert_eq!(lines(&text, "DTSTART;VALUE=DATE:").len(), 1, "{text}");
    }
}

#[test]
fn what_is_called_off_is_left_out_and_what_is_moved_stands_elsewhere() {
    let zone = "Europe/Berlin";
    let mut master = series(1, zone, "2026-10-19T09:00:00", "FREQ=WEEKLY;COUNT=5");
    master.cancelled_occurrences = vec!["2026-11-02".to_owned()];
    let mut moved = event(2, zone, "2026-10-27T14:00:00");
    moved.recurrence_master_id = Some(master.id);
    moved.original_date = Some("2026-10-26".to_owned());
    moved.original_start = Some("2026-10-26T08:00:00Z".parse().unwrap());
    let mut inside = event(3, zone, "2026-11-09T09:00:00");
    inside.recurrence_master_id = Some(master.id);
    inside.original_date = Some("2026-11-09".to_owned());
    inside.inherits_shared = Some(true);
    let text = calendar(&[master.clone(), moved, inside]);
    let local =
        |text: &str| TimeZone::get(zone).unwrap().to_timestamp(text.parse::<DateTime>().unwrap()).unwrap();
    let expected = ["2026-10-19T09:00", "2026-10-27T14:00", "2026-11-09T09:00", "2026-11-16T09:00"];
    assert_eq!(starts(&text, &master, Some(zone), 9), expected.map(|start| local(start).as_second()));
    assert_eq!(lines(&text, "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20261026T090000"]);
    assert_eq!(lines(&text, "BEGIN:VEVENT").len(), 2, "what differs only inside has no entry");

    // Of whole days by dates, and in the terms of the series even when the exception has another time.
    let mut days = series(1, "UTC", "2026-11-02T00:00:00", "FREQ=DAILY;COUNT=3");
    days.all_day = true;
    days.cancelled_occurrences = vec!["2026-11-04".to_owned()];
    let mut timed = event(2, zone, "2026-11-03T20:00:00");
    timed.recurrence_master_id = Some(days.id);
    timed.original_date = Some("2026-11-03".to_owned());
    timed.original_start = Some("2026-11-03T00:00:00Z".parse().unwrap());
    let text = calendar(&[days, timed]);
    assert_eq!(lines(&text, "EXDATE"), ["EXDATE;VALUE=DATE:20261104"]);
    assert_eq!(lines(&text, "RECURRENCE-ID"), ["RECURRENCE-ID;VALUE=DATE:20261103"]);
}

#[test]
fn an_occurrence_like_its_series_is_written_where_the_series_is_not() {
    let mut inside = event(3, "Europe/Berlin", "2026-11-09T09:00:00");
    inside.recurrence_master_id = Some(id(1));
    inside.original_date = Some("2026-11-09".to_owned());
    inside.original_start = Some(inside.start_time);
    inside.inherits_shared = Some(true);
    let text = calendar(&[inside]);
    assert_eq!(lines(&text, "DTSTART;TZID"), ["DTSTART;TZID=Europe/Berlin:20261109T090000"]);
    assert_eq!(lines(&text, "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20261109T090000"]);
}

#[test]
fn dates_on_which_something_else_stands_are_left_out() {
    let master = series(1, "Europe/Berlin", "2026-10-19T09:00:00", "FREQ=WEEKLY;COUNT=3");
    let stood_in = StoodIn::from([(master.id, vec!["2026-10-26".parse().unwrap()])]);
    let document = serde_json::to_value(&master).unwrap();
    let text = String::from_utf8(file_with(Format::Ics, &EVENTS, &[document], stood_in)).unwrap();
    assert_eq!(lines(&text, "EXDATE"), ["EXDATE;TZID=Europe/Berlin:20261026T090000"]);
    assert_eq!(starts(&text, &master, Some("Europe/Berlin"), 9).len(), 2);
}

#[test]
fn lines_of_a_rule_are_said_in_the_terms_of_the_series() {
    let mut google = series(1, "Europe/Berlin", "2026-11-02T09:00:00", "FREQ=WEEKLY;COUNT=4");
    google.recurrence_rule.push("EXDATE;TZID=Europe/London:20261109T080000".to_owned());
    google.recurrence_rule.push("RDATE:20261111T100000Z".to_owned());
    let mut strange = series(2, "Europe/Berlin", "2026-11-02T09:00:00", "FREQ=SECONDLY;COUNT=4");
    strange.recurrence_rule.push("X-EVIL:1".to_owned());
    strange.recurrence_rule.push("RDATE:20261111T100000Z\r\nATTENDEE:mailto:a@b.c".to_owned());
    let text = calendar(&[google, strange]);
    assert_eq!(lines(&text, "EXDATE"), ["EXDATE;TZID=Europe/Berlin:20261109T090000"]);
    assert_eq!(lines(&text, "RDATE"), ["RDATE;TZID=Europe/Berlin:20261111T110000"]);
    assert_eq!(lines(&text, "RRULE:FREQ=SECONDLY"), ["RRULE:FREQ=SECONDLY;COUNT=4"], "kept as it is");
    assert!(!text.contains("EVIL") && !text.contains("ATTENDEE"), "{text}");
}

/// A canary in every field that may not be passed on: none is in the file.
#[test]
fn only_shared_fields_are_in_a_calendar() {
    let mut one = event(1, "Europe/Berlin", "2026-11-27T19:00:00");
    let word = "canary";
    let at = one.start_time.checked_sub(3.hours()).unwrap();
    one.setup_start_time = Some(at);
    one.setup_end_time = Some(at);
    one.teardown_start_time = Some(at);
    one.teardown_end_time = Some(at);
    one.internal_notes = Some(word.to_owned());
    one.equipment_required = vec![word.to_owned()];
    one.staff_assigned = vec![word.to_owned()];
    one.budget_allocated = Some(424_242.0);
    one.client_contact = Some(word.to_owned());
    one.internal_category = Some(word.to_owned());
    one.priority_level = Some(PriorityLevel::Critical);
    one.outlook_event_id = Some(word.to_owned());
    one.outlook_etag = Some(word.to_owned());
    one.google_event_id = Some(word.to_owned());
    one.sync_errors = vec![word.to_owned()];
    one.recurrence_original = Some(Value::from(word));
    let (email, name) = (format!("{word}@example.org"), word.to_owned());
    one.attendees = vec![Attendee { email, name, response_status: "none".to_owned(), is_organizer: true }];
    one.derive();
    let document = serde_json::to_value(&one).unwrap();
    for field in EVENTS.names(Exposure::Internal) {
        assert!(document.get(field).is_some(), "{field} is set in this test");
    }
    let text = calendar(&[one]);
    for forbidden in [word, "424242", "critical", "ATTENDEE", "ORGANIZER", "PRIORITY"] {
        assert!(!text.contains(forbidden), "{forbidden}: {text}");
    }
    assert!(!text.contains(&at.strftime("%H%M00").to_string()), "set-up is nobody's business: {text}");
}

#[test]
fn people_are_no_calendar() {
    let out = Box::new(std::io::Cursor::new(Vec::new()));
    let refused = exports::begin(Format::Ics, &model::collections::USERS, StoodIn::new(), out);
    assert!(matches!(refused, Err(exports::ExportError::NoCalendar)));
}

/// Every text field of the declaration that a calendar has comes back as it was, and injects nothing.
fn text_of(text: &str, name: &str) -> Option<String> {
    read(text, |calendar| {
        let event =
            calendar.components.iter().find(|component| component.name.to_string() == "VEVENT").unwrap();
        let wanted = event.props.iter().find(|prop| prop.name.to_string() == name)?;
        match &wanted.value {
            ical::value::IcalValue::Text(text) => Some(text.0.to_string()),
            other => panic!("{name} is {other:?}"),
        }
    })
}

proptest! {
    #[test]
    fn texts_come_back(title in "[a-zä€🎪,;:\\\\\"\r\n\t ]{1,120}", notes in any::<String>()) {
        let mut one = event(1, "UTC", "2026-11-27T19:00:00");
        one.title = title.clone();
        one.description = Some(notes.clone());
        let text = calendar(&[one]);
        let known = |text: &str| -> String {
            let unix = text.replace("\r\n", "\n").replace('\r', "\n");
            unix.chars().filter(|one| !one.is_control() || matches!(one, '\n' | '\t')).collect()
        };
        prop_assert_eq!(text_of(&text, "SUMMARY"), Some(known(&title)));
        let description = known(&notes);
        prop_assert_eq!(text_of(&text, "DESCRIPTION").unwrap_or_default(), description);
    }

    /// A start anywhere, some dates called off: the other side sees the same occurrences.
    #[test]
    fn occurrences_are_equal(
        rule in prop::sample::select(&RULES[..]),
        day in 0..700_i64,
        hour in 4..23_i64,
        zone in prop::sample::select(&["Europe/Berlin", "America/New_York", "Australia/Sydney"][..]),
        skipped in prop::collection::vec(0..20_usize, 0..4),
    ) {
        let first: DateTime = "2026-01-05T00:30:00".parse().unwrap();
        let start = first.checked_add(day.days().hours(hour)).unwrap();
        let mut series = series(1, zone, &start.to_string(), rule);
        let tz = TimeZone::get(zone).unwrap();
        let slots = expected(&series, 20);
        series.cancelled_occurrences = skipped
            .iter()
            .filter_map(|place| slots.get(*place))
            .map(|at| tz.to_datetime(Timestamp::from_second(*at).unwrap()).date().to_string())
            .collect();
        series.cancelled_occurrences.sort();
        series.cancelled_occurrences.dedup();
        let text = calendar(std::slice::from_ref(&series));
        prop_assert_eq!(starts(&text, &series, Some(zone), 30), expected(&series, 30), "{}", text);
    }
}

#[test]
fn every_text_field_is_covered_by_these_tests() {
    let is_text = |kind: &Kind| matches!(kind, Kind::Text(_));
    let shared: Vec<&str> = EVENTS
        .fields
        .iter()
        .filter(|field| field.exposure == Exposure::Shared && is_text(&field.kind))
        .map(|field| field.name)
        .collect();
    let known = ["title", "description", "location", "category", "show_as", "sensitivity"];
    assert_eq!(shared, known, "a new shared text wants a property of the calendar, or a reason why not");
}
