//! Exports: who may make them, what is in them, and that a file under its name is whole.

mod calendar;
mod jobs;

use std::fs;
use std::path::Path;

use app::backup::{self, CreateOptions};
use app::exports::{ExportSpec, Format, to_path};
use app::{AppError, Caller};
use model::collections::AUDIT_LOG;
use model::documents::{AdminExport, Event, ExportFilters, ExportStatus, ExportType};
use serde_json::Value;
use store::{Filter, TypedStore};

use crate::house::House;

crate::on_every_engine!(
    only_administrators_export,
    filters_narrow_what_is_in_it,
    a_file_is_only_replaced_when_that_is_said,
    a_file_that_comes_meanwhile_stays,
    what_makes_no_sense_is_refused,
    a_series_is_in_while_it_runs,
);

fn spec(filters: ExportFilters) -> ExportSpec {
    ExportSpec { export_type: ExportType::Events, format: Some(Format::Ndjson), filters }
}

async fn event(house: &House, caller: &Caller, title: &str, start: &str, change: impl FnOnce(&mut Event)) {
    let calendar = house.calendar(caller, &format!("For {title}")).await;
    let start: jiff::Timestamp = start.parse().unwrap();
    let end = start + jiff::SignedDuration::from_hours(2);
    let mut event = Event::new(house.app.new_id(), caller.user_id, calendar.id, title, start, end);
    change(&mut event);
    event.derive();
    house.insert(&mut event).await;
}

/// The titles in the export, in the order of the alphabet.
async fn titles(house: &House, filters: ExportFilters) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let made = to_path(&house.app, &house.admin, &spec(filters), &path, false, &mut |_| {}).await.unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!((made.record_count, made.file_size), (text.lines().count() as u64, text.len() as u64));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let title =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["title"].as_str().unwrap().to_owned();
    let mut titles: Vec<String> = text.lines().map(title).collect();
    titles.sort();
    titles
}

async fn only_administrators_export(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let spec = spec(ExportFilters::default());
    let refused = to_path(&house.app, &house.mara, &spec, &path, false, &mut |_| {}).await;
    assert!(matches!(refused, Err(AppError::Forbidden { .. })), "{refused:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let entries = || house.store.count(&AUDIT_LOG, Filter::eq("action", "export.made"));
    assert_eq!(entries().await.unwrap(), 0);
    to_path(&house.app, &house.admin, &spec, &path, false, &mut |_| {}).await.unwrap();
    assert_eq!(entries().await.unwrap(), 1);
}

async fn filters_narrow_what_is_in_it(house: House) {
    event(&house, &house.mara, "Gala", "2026-11-23T09:00:00Z", |event| event.location = Some("Hall".into()))
        .await;
    event(&house, &house.mara, "Fair", "2026-12-01T09:00:00Z", |event| {
        event.categories = vec!["Concert".into(), "Press".into()];
    })
    .await;
    event(&house, &house.jonas, "Choir", "2026-11-23T10:00:00Z", |event| {
        event.internal_category = Some("Press".into());
    })
    .await;
    event(&house, &house.jonas, "Gone", "2026-11-23T10:00:00Z", |event| {
        event.removed_at = Some("2026-11-24T10:00:00Z".parse().unwrap());
    })
    .await;
    let all = ExportFilters::default();
    assert_eq!(titles(&house, all.clone()).await, ["Choir", "Fair", "Gala"]);
    let user_ids = vec![house.jonas.user_id];
    assert_eq!(titles(&house, ExportFilters { user_ids, ..all.clone() }).await, ["Choir"]);
    let categories = vec!["Press".to_owned()];
    assert_eq!(titles(&house, ExportFilters { categories, ..all.clone() }).await, ["Choir", "Fair"]);
    let locations = vec!["Hall".to_owned(), "Foyer".to_owned()];
    assert_eq!(titles(&house, ExportFilters { locations, ..all.clone() }).await, ["Gala"]);
    let instant = |text: &str| Some(text.parse().unwrap());
    let start_date = instant("2026-11-23T11:00:00Z");
    assert_eq!(titles(&house, ExportFilters { start_date, ..all.clone() }).await, ["Choir", "Fair"]);
    let end_date = instant("2026-11-23T10:00:00Z");
    assert_eq!(titles(&house, ExportFilters { end_date, ..all }).await, ["Gala"]);
}

async fn a_file_is_only_replaced_when_that_is_said(house: House) {
    event(&house, &house.mara, "Gala", "2026-11-23T09:00:00Z", |_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, "kept").unwrap();
    // What an export that was killed left behind.
    fs::write(folder.path().join(".events.ndjson.partial"), "half of it").unwrap();
    let spec = spec(ExportFilters::default());
    let make = |replace| {
        let (house, spec, path) = (&house, &spec, &path);
        async move { to_path(&house.app, &house.admin, spec, path, replace, &mut |_| {}).await }
    };
    assert!(matches!(make(false).await, Err(AppError::Conflict { code: "file_exists", .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
    make(true).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

async fn a_file_that_comes_meanwhile_stays(house: House) {
    event(&house, &house.mara, "Gala", "2026-11-23T09:00:00Z", |_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut comes = |_| fs::write(&path, "came meanwhile").unwrap();
    let spec = spec(ExportFilters::default());
    let refused = to_path(&house.app, &house.admin, &spec, &path, false, &mut comes).await;
    assert!(matches!(refused, Err(AppError::Conflict { code: "file_exists", .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "came meanwhile");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let export: AdminExport = house.store.first(Filter::All(Vec::new())).await.unwrap().unwrap();
    assert_eq!(export.status, ExportStatus::Error);
    assert!(export.error_message.unwrap().contains("is there already"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_takes_no_devices_place() {
    let house = House::in_memory().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    std::os::unix::fs::symlink("/dev/null", &path).unwrap();
    let spec = spec(ExportFilters::default());
    let refused = to_path(&house.app, &house.admin, &spec, &path, true, &mut |_| {}).await;
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    let options = CreateOptions { replace: true, ..CreateOptions::default() };
    let refused = backup::create(&house.app, &house.admin, &path, &options, &mut |_| {}).await;
    assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
}

async fn what_makes_no_sense_is_refused(house: House) {
    let path = Path::new("/nowhere/at/all/events.csv");
    let make = |spec: ExportSpec, path: &'static Path| {
        let house = &house;
        async move { to_path(&house.app, &house.admin, &spec, path, false, &mut |_| {}).await.unwrap_err() }
    };
    let narrowed = ExportFilters { locations: vec!["Hall".into()], ..ExportFilters::default() };
    let users = ExportSpec { export_type: ExportType::Users, ..spec(narrowed) };
    assert!(matches!(make(users, path).await, AppError::Invalid { .. }));
    let instant = Some("2026-11-23T11:00:00Z".parse().unwrap());
    let backwards = ExportFilters { start_date: instant, end_date: instant, ..ExportFilters::default() };
    assert!(matches!(make(spec(backwards), path).await, AppError::Invalid { .. }));
    let all = || spec(ExportFilters::default());
    let with_format = ExportSpec { export_type: ExportType::FullBackup, ..all() };
    assert!(matches!(make(with_format, path).await, AppError::Invalid { .. }));
    let without = ExportSpec { format: None, ..all() };
    assert!(matches!(make(without, path).await, AppError::Invalid { .. }));
    let calendar = ExportSpec {
        export_type: ExportType::Users,
        format: Some(Format::Ics),
        filters: ExportFilters::default(),
    };
    assert!(matches!(make(calendar, path).await, AppError::Invalid { .. }));
    let refused = make(spec(ExportFilters::default()), path).await;
    assert!(matches!(refused, AppError::Conflict { code: "export_failed", .. }), "{refused:?}");
}

async fn a_series_is_in_while_it_runs(house: House) {
    event(&house, &house.mara, "Weekly", "2026-01-05T09:00:00Z", |event| {
        event.is_recurring = true;
        event.recurrence_until = Some("2026-06-01T09:00:00Z".parse().unwrap());
    })
    .await;
    let from =
        |text: &str| ExportFilters { start_date: Some(text.parse().unwrap()), ..ExportFilters::default() };
    assert_eq!(titles(&house, from("2026-05-01T00:00:00Z")).await, ["Weekly"]);
    assert!(titles(&house, from("2026-07-01T00:00:00Z")).await.is_empty());
}
