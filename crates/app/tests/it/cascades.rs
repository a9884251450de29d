//! Deleting a person or a calendar with very much: in bounded commits, through a death at any of them, counts right.

use std::sync::{Arc, OnceLock};

use app::accounts::users;
use app::records::occurrences::EventRef;
use app::records::{calendars, events, recount};
use app::{App, AppError, Caller, archive, cascades};
use jiff::SignedDuration;
use model::Id;
use model::collections::{ALL, AUDIT_LOG};
use model::documents::{
    Calendar, Category, CategoryType, Event, Location, Record, Session, SyncLink, SyncStatus, User,
};
use serde_json::Value as Json;
use store::{Batch, Document, Filter, TypedStore, Value};

use crate::dying::Dying;
use crate::house::{House, STEP, object};
use crate::meddling::Meddling;
use crate::on_every_engine;

on_every_engine!(
    little_goes_in_one_commit,
    a_sync_under_way_writes_nothing_more,
    the_last_administrator_stays,
    a_person_with_very_much_goes_through_any_death,
    a_calendar_with_very_much_goes_through_any_death,
    what_others_do_to_events_meanwhile_is_counted,
    one_that_another_process_is_at_keeps_no_other_waiting,
    the_same_call_again_finishes_what_was_marked,
);

/// More than one commit takes.
const MANY: u32 = 2 * STEP + 1;

/// Mara with a calendar of very many events, each linked, and Jonas with one event; a category and a location for all, and
/// very many locations of Mara's own, the first of which is called like the one for all.
async fn furnish(house: &House) -> (Calendar, Id) {
    furnish_with(house, MANY, MANY).await
}

/// The same with so many events and own locations.
async fn furnish_with(house: &House, events: u32, locations: u32) -> (Calendar, Id) {
    let mut category = Category::new(house.app.new_id(), None, "Concert", "#aa0000", CategoryType::Internal);
    let mut location = Location::named(house.app.new_id(), None, "Hall");
    category.usage_count = i64::from(events) + 1;
    location.usage_count = 1;
    house.insert(&mut category).await;
    house.insert(&mut location).await;
    let mut gig = Category::new(house.app.new_id(), None, "Gig", "#aa0000", CategoryType::Internal);
    house.insert(&mut gig).await;
    for number in 0..locations {
        let name = if number == 0 { "Hall".to_owned() } else { format!("Hall {number}") };
        let mut own = Location::named(house.app.new_id(), Some(house.mara.user_id), &name);
        own.usage_count = if number == 0 { i64::from(events) } else { 0 };
        house.insert(&mut own).await;
    }
    let mut own =
        Category::new(house.app.new_id(), Some(house.mara.user_id), "Own", "#aa0000", CategoryType::Internal);
    house.insert(&mut own).await;
    let theirs = house.outlook_calendar(&house.jonas).await;
    let calendar = house.calendar(&house.mara, "Bookings").await;
    for name in [format!("refresh:{}", house.mara.user_id), format!("sync:{}", calendar.id)] {
        let taken = app::lease::Lease::take(&house.app, &name, 60_000).await.unwrap().unwrap();
        taken.release(&house.app).await;
    }
    let mut batch = Batch::new();
    for number in 0..events {
        event(house, &calendar, number, &mut batch);
    }
    event(house, &theirs, 0, &mut batch);
    house.store.commit(batch).await.unwrap();
    (calendar, theirs.id)
}

fn event(house: &House, calendar: &Calendar, number: u32, batch: &mut Batch) {
    let id = house.app.new_id();
    let start = house.app.now();
    let mut event = Event::new(id, calendar.user_id, calendar.id, "Gala", start, start);
    event.outlook_event_id = Some(format!("oe-{}-{number}", calendar.id));
    event.category = Some("Concert".to_owned());
    event.categories = vec!["Concert".to_owned()];
    event.location = Some("Hall".to_owned());
    event.sync_status = SyncStatus::Synced;
    event.derive();
    event.touch(start);
    batch.insert(&event).unwrap();
    let mut link = SyncLink {
        id: house.app.new_id(),
        user_id: calendar.user_id,
        calendar_id: calendar.id,
        event_id: id,
        provider: "outlook".to_owned(),
        provider_item_id: format!("oe-{}-{number}", calendar.id),
        agreed: Json::Null,
        fingerprint: String::new(),
        created_at: start,
        updated_at: start,
        revision: 0,
    };
    link.agreed = serde_json::json!({});
    link.touch(start);
    batch.insert(&link).unwrap();
}

/// What is left that names any of these ids, outside the audit log.
async fn left_of(app: &App, gone: &[Id]) -> Vec<String> {
    let mut left = Vec::new();
    for collection in ALL.iter().filter(|one| one.name != AUDIT_LOG.name) {
        let each = |documents: Vec<Document>| {
            let named = |document: &&Document| gone.iter().any(|id| document.json.contains(&id.to_string()));
            left.extend(
                documents
                    .iter()
                    .filter(named)
                    .map(|document| format!("{} {}", collection.name, document.json)),
            );
            true
        };
        app.store().stream(collection, Filter::All(Vec::new()), Box::new(each)).await.unwrap();
    }
    left
}

/// Of the category and the location for all.
async fn counts(app: &App) -> (i64, i64) {
    let for_all = |name: &str| Filter::eq("name", name).and(Filter::Eq("user_id", Value::Null));
    let category: Category = app.store().first(for_all("Concert")).await.unwrap().unwrap();
    let location: Location = app.store().first(for_all("Hall")).await.unwrap().unwrap();
    (category.usage_count, location.usage_count)
}

async fn decisions(house: &House, action: &str) -> u64 {
    house.store.count(&AUDIT_LOG, Filter::eq("action", action)).await.unwrap()
}

async fn a_person_with_very_much_goes_through_any_death(house: House) {
    goes_through_any_death(house, true).await;
}

async fn a_calendar_with_very_much_goes_through_any_death(house: House) {
    goes_through_any_death(house, false).await;
}

async fn goes_through_any_death(house: House, is_person: bool) {
    let mut deaths = 0;
    for commit in 1.. {
        for after in [false, true] {
            house.empty().await;
            house.people().await;
            let (calendar, theirs) = furnish(&house).await;
            let mara = house.mara.user_id;
            let store = Arc::new(Dying::at(house.store.clone(), commit, after));
            let dying = house.before(store.clone());
            let outcome = match is_person {
                true => users::delete(&dying, &house.admin, mara, None).await,
                false => calendars::delete(&dying, &house.mara, calendar.id, None).await,
            };
            if !store.has_died() {
                outcome.unwrap();
                assert!(deaths >= 14, "it takes more commits than that: {deaths}");
                return;
            }
            deaths += 1;
            let person: Option<User> = house.app.store().read(mara).await.unwrap();
            if let Some(person) = person.filter(|person| person.deletion_requested_at.is_some()) {
                assert!(person.is_disabled, "who is being deleted is shut out");
                assert_eq!(
                    house
                        .app
                        .store()
                        .count(&model::collections::SESSIONS, Filter::eq("user_id", mara))
                        .await
                        .unwrap(),
                    0
                );
            }
            // Once by the job of the next server's start, once by the same call.
            if commit % 2 == 0 {
                cascades::resume(&house.app).await.unwrap();
            }
            let again = match is_person {
                true => users::delete(&house.app, &house.admin, mara, None).await,
                false => calendars::delete(&house.app, &house.mara, calendar.id, None).await,
            };
            assert!(matches!(again, Ok(()) | Err(AppError::NotFound { .. })), "{again:?}");
            let gone = if is_person { vec![mara, calendar.id] } else { vec![calendar.id] };
            assert_eq!(
                left_of(&house.app, &gone).await,
                Vec::<String>::new(),
                "died at {commit}, after it: {after}"
            );
            assert_eq!(counts(&house.app).await, (1, 1), "died at {commit}, after it: {after}");
            assert_eq!(recount(&house.app, None).await.unwrap(), 0, "died at {commit}, after it: {after}");
            let action = if is_person { "user.deleted" } else { "calendar.deleted" };
            assert_eq!(decisions(&house, action).await, 1, "one decision, one entry");
            assert!(house.app.store().read::<Calendar>(theirs).await.unwrap().is_some());
            assert_eq!(cascades::resume(&house.app).await.unwrap(), 0);
        }
    }
}

/// What somebody else does while it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meanwhile {
    Changes(Id),
    Makes,
    Archives,
}

async fn what_others_do_to_events_meanwhile_is_counted(house: House) {
    for is_person in [false, true] {
        for what in 0..3 {
            everywhere(&house, is_person, STEP - 1, |_| what).await;
        }
        // One after the other, so that it takes a third of the time.
        everywhere(&house, is_person, STEP + 1, |call| (call + usize::from(is_person)) % 3).await;
    }
}

/// Before one call after the other.
async fn everywhere(house: &House, is_person: bool, events: u32, what: impl Fn(usize) -> usize) {
    let mut came_through = 0;
    for call in 0.. {
        match goes_beside(house, is_person, events, what(call), call).await {
            Some(true) => came_through += 1,
            Some(false) => {}
            None => break,
        }
    }
    assert!(came_through >= 4, "others came through before more calls than that: {came_through}");
}

/// Deletes a calendar, or Mara, and before one call of the store somebody does something. Whether they came through;
/// `None` when it did not come to that call.
async fn goes_beside(house: &House, is_person: bool, events: u32, what: usize, call: usize) -> Option<bool> {
    house.empty().await;
    house.people().await;
    let (calendar, _) = furnish_with(house, events, events).await;
    let some: Event = house.app.store().first(Filter::eq("calendar_id", calendar.id)).await.unwrap().unwrap();
    let what = [Meanwhile::Changes(some.id), Meanwhile::Makes, Meanwhile::Archives][what];
    // All of it is old enough for the archive.
    house.clock().forward(200_000);
    let (app, admin, into) = (house.second(), house.admin, calendar.id);
    let outcome_beside = Arc::new(OnceLock::new());
    let done = outcome_beside.clone();
    let meddling = Meddling::before(house.store.clone(), move |number| {
        let (app, done) = (app.clone(), done.clone());
        async move {
            if number == call {
                done.set(meanwhile(&app, &admin, into, what).await).unwrap();
            }
        }
    });
    let beside = house.before(Arc::new(meddling));
    let mara = house.mara.user_id;
    let outcome = match is_person {
        true => users::delete(&beside, &house.admin, mara, None).await,
        false => calendars::delete(&beside, &house.mara, calendar.id, None).await,
    };
    let shown = format!("{what:?} before call {call}, person: {is_person}, {events} events");
    assert_eq!(outcome, Ok(()), "{shown}");
    let gone = if is_person { vec![mara, calendar.id] } else { vec![calendar.id] };
    assert_eq!(left_of(&house.app, &gone).await, Vec::<String>::new(), "{shown}");
    assert_eq!(recount(&house.app, None).await, Ok(0), "{shown}");
    outcome_beside.get().copied()
}

/// Whether they came through: what is gone already, or on its way, is changed no more.
async fn meanwhile(app: &App, admin: &Caller, calendar: Id, what: Meanwhile) -> bool {
    match what {
        Meanwhile::Changes(event) => {
            let change = object(r#"{"internal_category": "Gig"}"#);
            events::patch(app, admin, EventRef::Stored(event), &change, None).await.is_ok()
        }
        Meanwhile::Makes => {
            let mut draft = object(
                r#"{"title": "Late", "location": "Hall", "category": "Concert",
                    "start_time": "2026-11-27T17:00:00Z", "end_time": "2026-11-27T18:00:00Z"}"#,
            );
            draft.insert("calendar_id".to_owned(), calendar.to_string().into());
            events::create(app, admin, draft, None).await.is_ok()
        }
        Meanwhile::Archives => {
            let a_day = SignedDuration::from_hours(24);
            archive::run(app, None, a_day, false, &mut |_| {}).await.unwrap().events > 1
        }
    }
}

async fn one_that_another_process_is_at_keeps_no_other_waiting(house: House) {
    let mut marked = Vec::new();
    for number in 0..2 {
        let id = house.app.new_id();
        let mut calendar = Calendar::local(id, house.mara.user_id, &format!("Old {number}"), "#112233");
        calendar.deletion_requested_at = Some(house.app.now());
        house.insert(&mut calendar).await;
        marked.push(id);
    }
    let name = format!("delete:calendars:{}", marked[0]);
    let elsewhere = app::lease::Lease::take(&house.app, &name, 100_000_000).await.unwrap().unwrap();
    assert_eq!(cascades::resume(&house.second()).await, Ok(1));
    assert!(house.app.store().read::<Calendar>(marked[0]).await.unwrap().is_some());
    assert_eq!(house.app.store().read::<Calendar>(marked[1]).await.unwrap(), None);
    elsewhere.release(&house.app).await;
    assert_eq!(cascades::resume(&house.second()).await, Ok(1));
    assert_eq!(house.app.store().read::<Calendar>(marked[0]).await.unwrap(), None);
}

async fn the_same_call_again_finishes_what_was_marked(house: House) {
    for is_person in [false, true] {
        house.empty().await;
        house.people().await;
        let (calendar, _) = furnish(&house).await;
        let mara: User = house.app.store().read(house.mara.user_id).await.unwrap().unwrap();
        let (of_calendar, of_person) = (Some(calendar.revision), Some(mara.revision));
        let delete = async |app: &App| match is_person {
            true => users::delete(app, &house.admin, mara.id, of_person).await,
            false => calendars::delete(app, &house.mara, calendar.id, of_calendar).await,
        };
        // It is marked with the first commit, and dies before the next one.
        let store = Arc::new(Dying::at(house.store.clone(), 2, false));
        assert!(delete(&house.before(store)).await.is_err());
        assert_eq!(delete(&house.app).await, Ok(()), "person: {is_person}");
        let gone = if is_person { vec![mara.id, calendar.id] } else { vec![calendar.id] };
        assert_eq!(left_of(&house.app, &gone).await, Vec::<String>::new());
    }
}

async fn little_goes_in_one_commit(house: House) {
    let calendar = house.outlook_calendar(&house.mara).await;
    let mut batch = Batch::new();
    event(&house, &calendar, 1, &mut batch);
    house.store.commit(batch).await.unwrap();
    for after in [false, true] {
        let store = Arc::new(Dying::at(house.store.clone(), 1, after));
        assert!(users::delete(&house.before(store), &house.admin, house.mara.user_id, None).await.is_err());
        let left = left_of(&house.app, &[house.mara.user_id]).await;
        assert_eq!(left.is_empty(), after, "{left:?}");
    }
    assert_eq!(decisions(&house, "user.deleted").await, 1);
}

async fn a_sync_under_way_writes_nothing_more(house: House) {
    let (calendar, _) = furnish(&house).await;
    let lease = app::lease::Lease::take(&house.app, &format!("sync:{}", calendar.id), 600_000)
        .await
        .unwrap()
        .unwrap();
    let mut session = Session {
        id: house.app.new_id(),
        user_id: house.mara.user_id,
        digest: "d".to_owned(),
        csrf_token: "c".to_owned(),
        expires_at: house.app.now(),
        last_used_at: house.app.now(),
        created_at: house.app.now(),
        updated_at: house.app.now(),
        revision: 0,
    };
    house.insert(&mut session).await;
    users::delete(&house.app, &house.admin, house.mara.user_id, None).await.unwrap();
    let mut late = Batch::new();
    late.writes.push(lease.fence(&house.app, 600_000));
    event(&house, &calendar, MANY, &mut late);
    assert!(house.app.store().commit(late).await.is_err(), "its lease is gone");
    assert_eq!(left_of(&house.app, &[house.mara.user_id, calendar.id]).await, Vec::<String>::new());
}

async fn the_last_administrator_stays(house: House) {
    let refused = users::delete(&house.app, &house.admin, house.admin.user_id, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "last_admin", .. }), "{refused}");
    assert!(house.app.store().read::<User>(house.admin.user_id).await.unwrap().is_some());
}
