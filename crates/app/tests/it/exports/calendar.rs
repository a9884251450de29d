//! Calendar files: series, and occurrences that are not in the file.

use std::fs;

use app::exports::{ExportSpec, Format, to_path};
use jiff::Timestamp;
use model::documents::{Event, ExportFilters, ExportType};

use crate::house::House;

crate::on_every_engine!(
    a_rule_puts_nothing_where_something_else_stands,
    an_exception_is_told_in_the_terms_of_its_series,
    what_a_filter_finds_of_a_series_is_written,
);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A daily series of Mara's, not stored yet.
async fn daily(house: &House) -> Event {
    let calendar = house.calendar(&house.mara, "Hall").await;
    let (start, end) = (at("2026-11-02T08:00:00Z"), at("2026-11-02T09:00:00Z"));
    let mut series = Event::new(house.app.new_id(), house.mara.user_id, calendar.id, "Choir", start, end);
    series.time_zone = "Europe/Berlin".to_owned();
    series.is_recurring = true;
    series.recurrence_rule = vec!["RRULE:FREQ=DAILY;COUNT=5".to_owned()];
    series.recurrence_until = Some(at("2026-11-06T09:00:00Z"));
    series.derive();
    series
}

/// The occurrence of that series on a day of November, on its own.
fn on(house: &House, series: &Event, day: u8, change: impl FnOnce(&mut Event)) -> Event {
    let start = at(&format!("2026-11-{day:02}T08:00:00Z"));
    let end = start + jiff::SignedDuration::from_hours(1);
    let mut event = Event::new(house.app.new_id(), series.user_id, series.calendar_id, "Choir", start, end);
    event.time_zone.clone_from(&series.time_zone);
    event.recurrence_master_id = Some(series.id);
    event.original_date = Some(format!("2026-11-{day:02}"));
    event.original_start = Some(start);
    change(&mut event);
    event.derive();
    event
}

/// The calendar file of these filters, and how many records it is said to have.
async fn written(house: &House, filters: ExportFilters) -> (u64, Vec<String>) {
    let path = house.folder.path().join("hall.ics");
    let spec = ExportSpec { export_type: ExportType::Events, format: Some(Format::Ics), filters };
    let made = to_path(&house.app, &house.admin, &spec, &path, true, &mut |_| {}).await.unwrap();
    (made.record_count, fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect())
}

fn starting<'a>(lines: &'a [String], start: &str) -> Vec<&'a str> {
    lines.iter().map(String::as_str).filter(|line| line.starts_with(start)).collect()
}

/// Whatever the ids are: an exception may have the lower one.
async fn an_exception_is_told_in_the_terms_of_its_series(house: House) {
    let lower = house.app.new_id();
    let mut series = daily(&house).await;
    let mut whole_day = on(&house, &series, 4, |event| {
        event.id = lower;
        event.all_day = true;
        event.start_time = at("2026-11-04T00:00:00Z");
        event.end_time = at("2026-11-05T00:00:00Z");
    });
    assert!(whole_day.id < series.id);
    house.insert(&mut whole_day).await;
    house.insert(&mut series).await;
    let (count, lines) = written(&house, ExportFilters::default()).await;
    assert_eq!(count, 2);
    assert_eq!(starting(&lines, "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20261104T090000"]);
}

/// Notes for the crew may be all that a filter goes by: its series is not in the file.
async fn what_a_filter_finds_of_a_series_is_written(house: House) {
    let mut series = daily(&house).await;
    let mut inside = on(&house, &series, 5, |event| {
        event.inherits_shared = Some(true);
        event.internal_category = Some("Press".to_owned());
    });
    house.insert(&mut series).await;
    house.insert(&mut inside).await;
    let filters = ExportFilters { categories: vec!["Press".to_owned()], ..ExportFilters::default() };
    let (count, lines) = written(&house, filters).await;
    assert_eq!(count, 1);
    assert_eq!(starting(&lines, "SUMMARY"), ["SUMMARY:Choir"]);
    assert_eq!(starting(&lines, "RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20261105T090000"]);
    assert!(!lines.concat().contains("Press"), "{lines:?}");
    let (count, lines) = written(&house, ExportFilters::default()).await;
    assert_eq!((count, starting(&lines, "RECURRENCE-ID").len()), (1, 0), "its series says it: {lines:?}");
}

async fn a_rule_puts_nothing_where_something_else_stands(house: House) {
    let calendar = house.calendar(&house.mara, "Hall").await;
    let made = |title: &str, start: &str, end: &str| {
        let mut event =
            Event::new(house.app.new_id(), house.mara.user_id, calendar.id, title, at(start), at(end));
        event.time_zone = "Europe/Berlin".to_owned();
        event
    };
    let mut series = made("Choir", "2026-11-02T08:00:00Z", "2026-11-02T09:00:00Z");
    series.is_recurring = true;
    series.location = Some("Hall".to_owned());
    series.recurrence_rule = vec!["RRULE:FREQ=DAILY;COUNT=5".to_owned()];
    series.recurrence_until = Some(at("2026-11-06T09:00:00Z"));
    series.derive();
    house.insert(&mut series).await;
    let exception = |date: &str, change: &dyn Fn(&mut Event)| {
        let start = format!("{date}T08:00:00Z");
        let mut event = made("Choir, moved", &start, &format!("{date}T10:00:00Z"));
        event.recurrence_master_id = Some(series.id);
        event.original_date = Some(date.to_owned());
        event.original_start = Some(at(&start));
        event.location = Some("Hall".to_owned());
        change(&mut event);
        event.derive();
        event
    };
    for mut event in [
        exception("2026-11-03", &|_| {}),
        exception("2026-11-04", &|event| event.location = Some("Foyer".to_owned())),
        exception("2026-11-05", &|event| event.removed_at = Some(at("2026-11-01T00:00:00Z"))),
        exception("2026-11-06", &|event| {
            event.inherits_shared = Some(true);
            event.internal_notes = Some("canary".to_owned());
        }),
    ] {
        house.insert(&mut event).await;
    }
    let filters = ExportFilters { locations: vec!["Hall".to_owned()], ..ExportFilters::default() };
    let (count, text) = written(&house, filters).await;
    assert_eq!(count, 2, "what differs only inside has no entry of its own");
    let lines = |start: &str| starting(&text, start);
    assert_eq!(lines("RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20261103T090000"]);
    assert_eq!(
        lines("EXDATE"),
        ["EXDATE;TZID=Europe/Berlin:20261104T090000", "EXDATE;TZID=Europe/Berlin:20261105T090000"]
    );
    let uids = lines("UID");
    assert_eq!(uids, [format!("UID:{}@callboard", series.id), format!("UID:{}@callboard", series.id)]);
    assert!(!text.concat().contains("canary"));
}
