//! Calendar files: series, and occurrences that are not in the file.

use std::fs;

use app::exports::{ExportSpec, Format, to_path};
use model::documents::{Event, ExportFilters, ExportType};

use crate::house::House;

crate::on_every_engine!(a_rule_puts_nothing_where_something_else_stands);

async fn a_rule_puts_nothing_where_something_else_stands(house: House) {
    let calendar = house.calendar(&house.mara, "Hall").await;
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
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
    let path = house.folder.path().join("hall.ics");
    let filters = ExportFilters { locations: vec!["Hall".to_owned()], ..ExportFilters::default() };
    let spec = ExportSpec { export_type: ExportType::Events, format: Some(Format::Ics), filters };
    let made = to_path(&house.app, &house.admin, &spec, &path, false, &mut |_| {}).await.unwrap();
    assert_eq!(made.record_count, 2, "what differs only inside has no entry of its own");
    let text = fs::read_to_string(&path).unwrap();
    let lines = |start: &str| -> Vec<String> {
        text.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
    };
    assert_eq!(lines("RECURRENCE-ID"), ["RECURRENCE-ID;TZID=Europe/Berlin:20261103T090000"]);
    assert_eq!(
        lines("EXDATE"),
        ["EXDATE;TZID=Europe/Berlin:20261104T090000", "EXDATE;TZID=Europe/Berlin:20261105T090000"]
    );
    let uids = lines("UID");
    assert_eq!(uids, [format!("UID:{}@callboard", series.id), format!("UID:{}@callboard", series.id)]);
    assert!(!text.contains("canary"));
}
