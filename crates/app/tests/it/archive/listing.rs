//! Lists and exports with the archive: one order over both, everything once, also while events move.

use std::sync::Arc;

use app::exports::{ExportSpec, Format, to_path};
use app::paging::PageRequest;
use app::records::events::{self, Expand, Filters, RangeQuery};
use app::records::occurrences::EventRef;
use app::records::seed::{SeedSpec, seed};
use app::{App, Caller, Via, archive};
use jiff::SignedDuration;
use model::Id;
use model::documents::{ArchivedEvent, ExportFilters, ExportType, Role, User};
use serde_json::Value;
use store::{Filter, TypedStore};

use super::{archive_all, put, series};
use crate::house::House;
use crate::meddling::Meddling;

crate::on_every_engine!(
    a_list_is_the_same_wherever_its_events_are,
    nothing_is_lost_or_doubled_while_events_move,
    only_who_asks_sees_the_archive,
    exports_count_what_is_archived,
);

const SPEC: SeedSpec = SeedSpec { users: 2, events: 400, years: 1, random_seed: 11, around: None };

async fn seeded(house: &House) -> Caller {
    seed(&house.app, SPEC, &mut |_, _| {}).await.unwrap();
    let people: Vec<User> = house.app.store().all(Filter::eq("role", "user")).await.unwrap();
    let seeded = people.into_iter().find(|user| user.outlook_user_id.starts_with("seed-")).unwrap();
    Caller { user_id: seeded.id, role: Role::User, via: Via::Session(seeded.id) }
}

/// The forms of a list: a range with occurrences, without ends, with series as themselves, narrowed, searched.
fn forms(house: &House) -> Vec<RangeQuery> {
    let day = |days: i64| Some(house.app.now() + SignedDuration::from_hours(24 * days));
    let all = || RangeQuery { include_archived: true, ..RangeQuery::default() };
    let range = || RangeQuery { from: day(-150), to: day(30), ..all() };
    vec![
        range(),
        RangeQuery { occupied: true, ..range() },
        RangeQuery { expand: Some(Expand::Series), ..range() },
        RangeQuery { include_removed: true, ..all() },
        RangeQuery {
            filters: Filters { location: Some("Great Hall, Kiln Yard".to_owned()), ..Filters::default() },
            ..all()
        },
        RangeQuery { filters: Filters { q: Some("a".to_owned()), ..Filters::default() }, ..range() },
    ]
}

async fn page(
    app: &App,
    caller: &Caller,
    query: &RangeQuery,
    limit: u32,
    cursor: Option<&str>,
) -> (Vec<Value>, Option<String>) {
    let page = PageRequest::read(Some(limit), cursor).unwrap();
    let page = events::range(app, caller, RangeQuery { page, ..query.clone() }).await.unwrap();
    (page.items.iter().map(|item| serde_json::from_str(item).unwrap()).collect(), page.next_cursor)
}

async fn whole(app: &App, caller: &Caller, query: &RangeQuery, limit: u32) -> Vec<Value> {
    let (mut items, mut cursor) = page(app, caller, query, limit, None).await;
    while cursor.is_some() {
        let (more, next) = page(app, caller, query, limit, cursor.as_deref()).await;
        items.extend(more);
        cursor = next;
    }
    items
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["_id"].as_str().unwrap().to_owned()).collect()
}

async fn archive_older(app: &App, days: i64) -> u64 {
    let older = SignedDuration::from_hours(24 * days);
    archive::run(app, None, older, false, &mut |_| {}).await.unwrap().events
}

async fn archived(app: &App) -> Vec<Id> {
    let archived: Vec<ArchivedEvent> = app.store().all(Filter::All(Vec::new())).await.unwrap();
    archived.into_iter().map(|one| one.event.id).collect()
}

async fn a_list_is_the_same_wherever_its_events_are(house: House) {
    let caller = seeded(&house).await;
    let mut before = Vec::new();
    for form in forms(&house) {
        let listed = whole(&house.app, &caller, &form, 500).await;
        assert!(listed.len() > 10 && listed.iter().all(|item| item.get("archived_at").is_none()));
        before.push((form, ids(&listed)));
    }
    assert!(archive_older(&house.app, 60).await > 50);
    let gone = archived(&house.app).await;
    for (form, expected) in before {
        for limit in [17, 500] {
            let listed = whole(&house.app, &caller, &form, limit).await;
            assert_eq!(ids(&listed), expected, "{form:?} {limit}");
            for item in &listed {
                let id = item["_id"].as_str().unwrap().split(':').next().unwrap();
                let is_gone = gone.contains(&id.parse().unwrap());
                assert_eq!(item["archived_at"].is_string(), is_gone, "{item}");
            }
        }
        let living = RangeQuery { include_archived: false, ..form };
        let living = whole(&house.app, &caller, &living, 500).await;
        assert!(living.len() < expected.len());
        assert!(living.iter().all(|item| item.get("archived_at").is_none()));
    }
}

/// One step of somebody else: more goes to the archive, or something comes back, in turns.
async fn step(app: &App, caller: &Caller, number: usize) {
    if number % 3 == 2 {
        for id in archived(app).await.into_iter().step_by(number % 5 + 2).take(4) {
            events::restore(app, caller, EventRef::Stored(id), None).await.unwrap();
        }
    } else {
        archive_older(app, 150 - 11 * i64::try_from(number % 13).unwrap()).await;
    }
}

/// Between two pages, and between two readings for one page.
async fn nothing_is_lost_or_doubled_while_events_move(house: House) {
    let caller = seeded(&house).await;
    let meddling = {
        let app = house.second();
        let meddle = move |number| {
            let app = app.clone();
            async move { step(&app, &caller, number).await }
        };
        house.before(Arc::new(Meddling::before(house.store.clone(), meddle)))
    };
    let mut moved = 0;
    for form in forms(&house).into_iter().take(4) {
        let expected = ids(&whole(&house.app, &caller, &form, 500).await);
        let before = archived(&house.app).await;
        assert_eq!(ids(&whole(&meddling, &caller, &form, 29).await), expected, "{form:?}");
        moved += usize::from(archived(&house.app).await != before);
    }
    assert!(moved > 1, "nobody moved anything");
}

async fn only_who_asks_sees_the_archive(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    put(&house, &calendar, "old", 800, |_| {}).await;
    archive_all(&house).await;
    let all = RangeQuery { include_archived: true, ..RangeQuery::default() };
    for (caller, include_archived, expected) in [
        (&house.mara, true, 1),
        (&house.mara, false, 0),
        (&house.jonas, true, 0),
        (&house.admin, true, 1),
        (&house.admin, false, 0),
    ] {
        let query = RangeQuery { include_archived, ..all.clone() };
        assert_eq!(whole(&house.app, caller, &query, 10).await.len(), expected);
    }
}

async fn exports_count_what_is_archived(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let (master, _) = series(&house, &calendar).await;
    put(&house, &calendar, "old", 800, |_| {}).await;
    put(&house, &calendar, "recent", 30, |_| {}).await;
    let export = async |format: Format| {
        let spec = ExportSpec {
            export_type: ExportType::Events,
            format: Some(format),
            filters: ExportFilters::default(),
        };
        let path = house.folder.path().join("events.export");
        let made = to_path(&house.app, &house.admin, &spec, &path, true, &mut |_| {}).await.unwrap();
        (made.record_count, std::fs::read(&path).unwrap())
    };
    let (count, calendar_before) = export(Format::Ics).await;
    assert_eq!(count, 3, "what differs only inside has no entry of its own");
    assert_eq!(archive_all(&house).await.events, 3);
    for format in [Format::Csv, Format::Ndjson, Format::Json, Format::Xlsx] {
        let (count, bytes) = export(format).await;
        assert_eq!(count, 4, "{format:?}");
        assert!(format == Format::Xlsx || bytes.windows(11).any(|part| part == b"archived_at"), "{format:?}");
    }
    let (_, bytes) = export(Format::Csv).await;
    let text = String::from_utf8(bytes).unwrap();
    let mut rows = text.lines();
    assert!(rows.next().unwrap().ends_with(",archived_at"));
    let said: Vec<bool> = rows.map(|row| !row.ends_with(',')).collect();
    assert_eq!(said.iter().filter(|is_said| **is_said).count(), 3);
    let (count, calendar_after) = export(Format::Ics).await;
    let lines = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        // A move counts as a change of the record, and the archive comes last.
        let kept =
            text.lines().filter(|line| !line.starts_with("LAST-MODIFIED") && !line.starts_with("DTSTAMP"));
        let mut lines: Vec<String> = kept.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!((count, lines(&calendar_after)), (3, lines(&calendar_before)));
    assert!(String::from_utf8(calendar_after).unwrap().contains(&master.to_string()));
}
