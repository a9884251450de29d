//! The archive: what moves, what stays, how it is seen, how it comes back, and a process that dies on the way.

mod listing;

use std::sync::Arc;

use app::records::events;
use app::records::occurrences::EventRef;
use app::{App, AppError, archive};
use jiff::{SignedDuration, ToSpan};
use model::Id;
use model::collections::{AUDIT_LOG, EVENTS, EVENTS_ARCHIVE, HELD_DELETIONS, SYNC_LINKS, USERS};
use model::documents::{
    ArchivedEvent, Calendar, Category, Event, HeldDeletions, HeldState, Location, SyncLink, SyncStatus, UNSET,
};
use model::schema::Collection;
use serde_json::{Value, json};
use store::{Batch, Document, Filter, Store, TypedStore, Write};

use crate::dying::Dying;
use crate::house::{House, STEP, object};

crate::on_every_engine!(
    what_is_old_moves_and_the_rest_stays,
    an_archived_event_is_read_only_until_it_comes_back,
    a_series_moves_and_comes_back_with_its_exceptions,
    others_do_not_see_it,
    what_somebody_waits_for_stays,
    what_cannot_be_read_stays_and_holds_up_nothing_else,
    counting_changes_nothing,
    it_goes_with_its_calendar,
    a_run_that_dies_anywhere_is_finished_by_the_next,
);

/// Three pages.
const MANY: u32 = 2 * STEP + 2;

const TWO_YEARS: SignedDuration = SignedDuration::from_hours(24 * 730);

fn everything() -> Filter {
    Filter::All(Vec::new())
}

async fn archive_all(house: &House) -> archive::Archived {
    archive::run(&house.app, None, TWO_YEARS, false, &mut |_| {}).await.unwrap()
}

async fn put(
    house: &House,
    calendar: &Calendar,
    title: &str,
    days_ago: i64,
    change: impl FnOnce(&mut Event),
) -> Id {
    let end = house.app.now() - (24 * days_ago).hours();
    let mut event =
        Event::new(house.app.new_id(), calendar.user_id, calendar.id, title, end - 2.hours(), end);
    change(&mut event);
    event.derive();
    house.insert(&mut event).await;
    event.id
}

async fn titles(app: &App) -> (Vec<String>, Vec<String>) {
    let living: Vec<Event> = app.store().all(everything()).await.unwrap();
    let archived: Vec<ArchivedEvent> = app.store().all(everything()).await.unwrap();
    let mut titles = (
        living.into_iter().map(|event| event.title).collect::<Vec<_>>(),
        archived.into_iter().map(|one| one.event.title).collect::<Vec<_>>(),
    );
    titles.0.sort();
    titles.1.sort();
    titles
}

async fn get(house: &House, id: Id) -> Value {
    let view = events::get(&house.app, &house.mara, EventRef::Stored(id)).await.unwrap();
    serde_json::from_str(&view.text).unwrap()
}

/// A weekly series of four weeks that ended three years ago, with one changed occurrence.
async fn series(house: &House, calendar: &Calendar) -> (Id, Id) {
    let draft = json!({
        "calendar_id": calendar.id.to_string(), "title": "Choir", "start_time": "2023-10-19T07:00:00Z",
        "end_time": "2023-10-19T08:00:00Z", "time_zone": "Europe/Berlin", "location": "Foyer",
        "recurrence_pattern": {"type": "weekly", "days_of_week": ["thursday"], "occurrence_count": 4},
    });
    let view = events::create(&house.app, &house.mara, object(&draft.to_string()), None).await.unwrap();
    let second: EventRef = format!("{}:2023-10-26T07:00:00Z", view.id).parse().unwrap();
    let change = object(r#"{"internal_notes": "louder"}"#);
    let exception = events::patch(&house.app, &house.mara, second, &change, None).await.unwrap();
    (view.id.parse().unwrap(), exception.id.parse().unwrap())
}

async fn what_is_old_moves_and_the_rest_stays(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    put(&house, &calendar, "old", 800, |_| {}).await;
    put(&house, &calendar, "older, removed", 1_500, |event| {
        event.removed_at = Some("2026-01-01T00:00:00Z".parse().unwrap());
    })
    .await;
    put(&house, &calendar, "recent", 700, |_| {}).await;
    put(&house, &calendar, "long, ends later", 600, |event| event.start_time -= (24 * 900).hours()).await;
    put(&house, &calendar, "endless", 900, |event| {
        event.is_recurring = true;
        event.recurrence_rule = vec!["RRULE:FREQ=WEEKLY".to_owned()];
        event.recurrence_until = Some(sync::local::far_future());
    })
    .await;
    let done = archive_all(&house).await;
    assert_eq!((done.events, done.series, done.skipped), (2, 0, 0));
    let (living, archived) = titles(&house.app).await;
    assert_eq!(living, ["endless", "long, ends later", "recent"]);
    assert_eq!(archived, ["old", "older, removed"]);
    let entries = Filter::eq("action", "event.archived");
    assert_eq!(house.store.count(&AUDIT_LOG, entries).await.unwrap(), 2);
    assert_eq!(archive_all(&house).await, archive::Archived::default(), "a second run finds nothing");
}

async fn an_archived_event_is_read_only_until_it_comes_back(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let draft = json!({
        "calendar_id": calendar.id.to_string(), "title": "Gala", "start_time": "2023-10-19T07:00:00Z",
        "end_time": "2023-10-19T08:00:00Z", "time_zone": "UTC", "location": "Hall", "internal_category": "Show",
    });
    let made = events::create(&house.app, &house.mara, object(&draft.to_string()), None).await.unwrap();
    let target: EventRef = made.id.parse().unwrap();
    let counts = async || {
        let categories: Vec<Category> = house.app.store().all(everything()).await.unwrap();
        let locations: Vec<Location> = house.app.store().all(everything()).await.unwrap();
        (categories[0].usage_count, locations[0].usage_count)
    };
    assert_eq!(counts().await, (1, 1));
    assert_eq!(archive_all(&house).await.events, 1);
    assert_eq!(counts().await, (0, 0));

    let view = events::get(&house.app, &house.mara, target).await.unwrap();
    let text: Value = serde_json::from_str(&view.text).unwrap();
    assert!(text["archived_at"].is_string(), "{text}");
    let change = object(r#"{"internal_notes": "late"}"#);
    let refused = events::patch(&house.app, &house.mara, target, &change, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "event_archived", .. }), "{refused:?}");
    let refused = events::delete(&house.app, &house.mara, target, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "event_archived", .. }), "{refused:?}");

    let stale = events::restore(&house.app, &house.mara, target, Some(1)).await.unwrap_err();
    assert_eq!(stale, AppError::Stale { what: "event" });
    let back = events::restore(&house.app, &house.mara, target, Some(view.revision)).await.unwrap();
    let text: Value = serde_json::from_str(&back.text).unwrap();
    assert!(text.get("archived_at").is_none() && text["unarchived_at"].is_string(), "{text}");
    assert_eq!(counts().await, (1, 1));
    events::patch(&house.app, &house.mara, target, &change, Some(back.revision)).await.unwrap();
    assert_eq!(archive_all(&house).await.events, 0, "what somebody brought back stays for as long again");
}

async fn a_series_moves_and_comes_back_with_its_exceptions(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let (master, exception) = series(&house, &calendar).await;
    let done = archive_all(&house).await;
    assert_eq!((done.events, done.series), (2, 1));
    assert_eq!(titles(&house.app).await, (vec![], vec!["Choir".to_owned(), "Choir".to_owned()]));
    for (start, has_notes) in [("2023-10-19T07:00:00Z", false), ("2023-10-26T07:00:00Z", true)] {
        let target: EventRef = format!("{master}:{start}").parse().unwrap();
        let view = events::get(&house.app, &house.mara, target).await.unwrap();
        let text: Value = serde_json::from_str(&view.text).unwrap();
        assert_eq!(text["start_time"], start);
        assert_eq!(text.get("internal_notes").is_some(), has_notes, "{text}");
        assert!(text["archived_at"].is_string(), "{text}");
    }
    let none: EventRef = format!("{master}:2023-10-20T07:00:00Z").parse().unwrap();
    let missing = events::get(&house.app, &house.mara, none).await.unwrap_err();
    assert_eq!(missing, AppError::NotFound { what: "event" });
    // By the exception the whole series comes back.
    events::restore(&house.app, &house.mara, EventRef::Stored(exception), None).await.unwrap();
    let (living, archived) = titles(&house.app).await;
    assert_eq!((living.len(), archived.len()), (2, 0));
    assert_eq!(get(&house, master).await["is_recurring"], true);
}

async fn others_do_not_see_it(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let id = EventRef::Stored(put(&house, &calendar, "old", 800, |_| {}).await);
    archive_all(&house).await;
    let missing = AppError::NotFound { what: "event" };
    assert_eq!(events::get(&house.app, &house.jonas, id).await.unwrap_err(), missing);
    assert_eq!(events::restore(&house.app, &house.jonas, id, None).await.unwrap_err(), missing);
    assert_eq!(events::delete(&house.app, &house.jonas, id, None).await.unwrap_err(), missing);
    assert!(events::get(&house.app, &house.admin, id).await.is_ok());
}

/// A deletion in Outlook about which a person has yet to decide.
fn held_deletions(house: &House, calendar: &Calendar, event: Id) -> HeldDeletions {
    HeldDeletions {
        id: house.app.new_id(),
        user_id: calendar.user_id,
        calendar_id: calendar.id,
        provider: "outlook".to_owned(),
        state: HeldState::Waiting,
        event_ids: vec![event],
        collected_ids: Vec::new(),
        reason: "many".to_owned(),
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    }
}

async fn what_somebody_waits_for_stays(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    put(&house, &calendar, "pending", 800, |event| event.sync_status = SyncStatus::Pending).await;
    let held = put(&house, &calendar, "held", 800, |_| {}).await;
    let mut deletions = held_deletions(&house, &calendar, held);
    house.insert(&mut deletions).await;
    assert_eq!(archive_all(&house).await, archive::Archived::default());
}

/// Sets a field as somebody with the tools of the database would, to a word that it cannot have.
async fn damage(house: &House, collection: &'static Collection, id: Id, field: &str) {
    let document = house.store.get(collection, id).await.unwrap().unwrap();
    let mut fields = object(&document.json);
    fields.insert(field.to_owned(), json!("secret"));
    let expected_revision = Some(document.revision);
    let document = Document { json: Value::Object(fields).to_string().into(), ..document };
    let write = Write::Raw { collection, document, expected_revision };
    house.store.commit(Batch { writes: vec![write] }).await.unwrap();
}

async fn what_cannot_be_read_stays_and_holds_up_nothing_else(house: House) {
    // More than two pages of it come before what can be read.
    let calendar = house.calendar(&house.mara, "Bookings").await;
    for number in 0..i64::from(MANY) {
        let id = put(&house, &calendar, "damaged", 1_000 + number, |_| {}).await;
        damage(&house, &EVENTS, id, "priority_level").await;
    }
    put(&house, &calendar, "after the damaged", 800, |_| {}).await;
    let (_, exception) = series(&house, &calendar).await;
    damage(&house, &EVENTS, exception, "priority_level").await;
    // Of the next person it is not known which deletions are waited for.
    let calendar = house.calendar(&house.jonas, "Bookings").await;
    let held = put(&house, &calendar, "perhaps held", 800, |_| {}).await;
    let mut deletions = held_deletions(&house, &calendar, held);
    house.insert(&mut deletions).await;
    damage(&house, &HELD_DELETIONS, deletions.id, "state").await;
    // And of the last one the person cannot be read.
    let calendar = house.calendar(&house.admin, "Bookings").await;
    put(&house, &calendar, "of a damaged person", 800, |_| {}).await;
    damage(&house, &USERS, house.admin.user_id, "role").await;

    let unreadable = u64::from(MANY) + 2;
    let would = archive::run(&house.app, None, TWO_YEARS, true, &mut |_| {}).await.unwrap();
    assert_eq!((would.events, would.unreadable), (2, unreadable));
    let done = archive_all(&house).await;
    assert_eq!(done, archive::Archived { events: 2, series: 0, skipped: 0, unreadable });
    let archived: Vec<ArchivedEvent> = house.app.store().all(everything()).await.unwrap();
    let mut titles: Vec<String> = archived.into_iter().map(|one| one.event.title).collect();
    titles.sort();
    assert_eq!(titles, ["after the damaged", "of a damaged person"]);
    let living = house.store.count(&EVENTS, everything()).await.unwrap();
    assert_eq!(living, u64::from(MANY) + 3, "a series stays whole, and what may be waited for");
    assert_eq!(archive_all(&house).await, archive::Archived { unreadable, ..archive::Archived::default() });
}

async fn counting_changes_nothing(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    put(&house, &calendar, "old", 800, |_| {}).await;
    let before = house.app.store().count(&AUDIT_LOG, everything()).await.unwrap();
    let would = archive::run(&house.app, None, TWO_YEARS, true, &mut |_| {}).await.unwrap();
    assert_eq!(would.events, 1);
    assert_eq!(titles(&house.app).await, (vec!["old".to_owned()], vec![]));
    assert_eq!(house.app.store().count(&AUDIT_LOG, everything()).await.unwrap(), before);
}

/// What is left to compare of two runs that had different clocks.
async fn state(store: &dyn Store) -> Vec<String> {
    let living: Vec<Event> = store.all(everything()).await.unwrap();
    let archived: Vec<ArchivedEvent> = store.all(everything()).await.unwrap();
    let links: Vec<SyncLink> = store.all(everything()).await.unwrap();
    let categories: Vec<Category> = store.all(everything()).await.unwrap();
    let mut state: Vec<String> = Vec::new();
    state.extend(living.iter().map(|event| format!("living {} {}", event.title, event.revision)));
    state.extend(archived.iter().map(|one| format!("archived {} {}", one.event.title, one.event.revision)));
    state.extend(links.iter().map(|link| format!("link {} {}", link.provider_item_id, link.revision)));
    state.extend(categories.iter().map(|one| format!("category {} {}", one.name, one.usage_count)));
    let mut entries = 0;
    let each = Box::new(|chunk: Vec<store::Document>| {
        entries += chunk.len();
        true
    });
    store.stream(&AUDIT_LOG, Filter::eq("action", "event.archived"), each).await.unwrap();
    state.push(format!("audit {entries}"));
    state.sort();
    state
}

async fn fill(house: &House) {
    let calendar = house.outlook_calendar(&house.mara).await;
    let mut category = Category::new(
        house.app.new_id(),
        Some(house.mara.user_id),
        "Concert",
        "#112233",
        model::documents::CategoryType::Internal,
    );
    category.usage_count = i64::from(MANY);
    house.insert(&mut category).await;
    for number in 0..i64::from(MANY) {
        let id = put(house, &calendar, &format!("{number:03}"), 760 + number, |event| {
            event.internal_category = Some("Concert".to_owned());
        })
        .await;
        if number % 3 == 0 {
            let mut link = SyncLink {
                id: house.app.new_id(),
                user_id: calendar.user_id,
                calendar_id: calendar.id,
                event_id: id,
                provider: "outlook".to_owned(),
                provider_item_id: format!("item-{number}"),
                agreed: json!({}),
                fingerprint: "f".to_owned(),
                created_at: UNSET,
                updated_at: UNSET,
                revision: 0,
            };
            house.insert(&mut link).await;
        }
    }
}

/// Commits of an undisturbed run: the lease, three pages, the lease again.
async fn a_run_that_dies_anywhere_is_finished_by_the_next(house: House) {
    fill(&house).await;
    let mut number = 0;
    let undisturbed = {
        let other = House::in_memory().await;
        fill(&other).await;
        archive_all(&other).await;
        state(&*other.store).await
    };
    for commit in 1.. {
        for after in [false, true] {
            number += 1;
            let store = Arc::new(Dying::at(house.store.clone(), commit, after));
            let dying = house.process(store.clone(), number);
            let outcome = archive::run(&dying, None, TWO_YEARS, false, &mut |_| {}).await;
            if !store.has_died() {
                assert_eq!(commit, 6, "it takes five commits");
                return;
            }
            assert!(outcome.is_err() || commit == 5, "died at {commit}: {outcome:?}");
            number += 1;
            let app = house.process(house.store.clone(), number);
            archive::run(&app, None, TWO_YEARS, false, &mut |_| {}).await.unwrap();
            assert_eq!(state(&*house.store).await, undisturbed, "died at {commit}, after it: {after}");
            put_back(&app).await;
        }
    }
}

/// Everything as it was before the run, for the next one.
async fn put_back(app: &App) {
    let archived: Vec<ArchivedEvent> = app.store().all(everything()).await.unwrap();
    for chunk in archived.chunks(STEP as usize) {
        let mut batch = Batch::new();
        for one in chunk {
            let mut event = one.event.clone();
            event.revision -= 1;
            batch.delete(&EVENTS_ARCHIVE, Filter::eq("_id", event.id));
            batch.insert(&event).unwrap();
        }
        app.store().commit(batch).await.unwrap();
    }
    let mut batch = Batch::new();
    batch.delete(&AUDIT_LOG, everything());
    batch.writes.push(store::Write::Update {
        collection: &model::collections::CATEGORIES,
        filter: Filter::eq("name", "Concert"),
        set: vec![("usage_count", i64::from(MANY).into())],
        add: Vec::new(),
        must_match: true,
    });
    app.store().commit(batch).await.unwrap();
}

async fn it_goes_with_its_calendar(house: House) {
    let calendar = house.calendar(&house.mara, "Bookings").await;
    put(&house, &calendar, "old", 800, |_| {}).await;
    archive_all(&house).await;
    app::records::calendars::delete(&house.app, &house.mara, calendar.id, None).await.unwrap();
    for collection in [&EVENTS, &EVENTS_ARCHIVE, &SYNC_LINKS] {
        assert_eq!(
            house.app.store().count(collection, everything()).await.unwrap(),
            0,
            "{}",
            collection.name
        );
    }
}
