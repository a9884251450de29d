//! Deleting a person or a calendar with very much: in bounded commits, through a death at any of them, counts right.

use std::sync::Arc;

use app::accounts::users;
use app::records::{calendars, recount};
use app::{App, AppError, cascades};
use model::Id;
use model::collections::{ALL, AUDIT_LOG, LEASES};
use model::documents::{
    Calendar, Category, CategoryType, Event, Lease, Location, Record, Session, SyncLink, User,
};
use serde_json::Value as Json;
use store::{Batch, Document, Filter, TypedStore, Value};

use crate::dying::Dying;
use crate::house::{House, STEP};
use crate::on_every_engine;

on_every_engine!(
    little_goes_in_one_commit,
    a_sync_under_way_writes_nothing_more,
    the_last_administrator_stays,
    a_person_with_very_much_goes_through_any_death,
    a_calendar_with_very_much_goes_through_any_death,
);

/// More than one commit takes.
const MANY: u32 = 2 * STEP + 1;

/// Mara with a calendar of very many events, each linked, and Jonas with one event; a category and a location for all, and
/// very many locations of Mara's own, the first of which is called like the one for all.
async fn furnish(house: &House) -> (Calendar, Id) {
    let mut category = Category::new(house.app.new_id(), None, "Concert", "#aa0000", CategoryType::Internal);
    let mut location = Location::named(house.app.new_id(), None, "Hall");
    category.usage_count = i64::from(MANY) + 1;
    location.usage_count = 1;
    house.insert(&mut category).await;
    house.insert(&mut location).await;
    for number in 0..MANY {
        let name = if number == 0 { "Hall".to_owned() } else { format!("Hall {number}") };
        let mut own = Location::named(house.app.new_id(), Some(house.mara.user_id), &name);
        own.usage_count = if number == 0 { i64::from(MANY) } else { 0 };
        house.insert(&mut own).await;
    }
    let mut own =
        Category::new(house.app.new_id(), Some(house.mara.user_id), "Own", "#aa0000", CategoryType::Internal);
    house.insert(&mut own).await;
    let theirs = house.outlook_calendar(&house.jonas).await;
    let calendar = house.outlook_calendar(&house.mara).await;
    let mut batch = Batch::new();
    for number in 0..MANY {
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
    for collection in ALL.iter().filter(|one| ![AUDIT_LOG.name, LEASES.name].contains(&one.name)) {
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
    assert!(house.app.store().commit(late).await.is_err(), "its lease is another's");
    assert_eq!(left_of(&house.app, &[house.mara.user_id, calendar.id]).await, Vec::<String>::new());
    let leases: Vec<Lease> = house.app.store().all(Filter::All(Vec::new())).await.unwrap();
    assert!(leases.iter().all(|lease| lease.expires_at <= house.app.now()), "{leases:?}");
}

async fn the_last_administrator_stays(house: House) {
    let refused = users::delete(&house.app, &house.admin, house.admin.user_id, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "last_admin", .. }), "{refused}");
    assert!(house.app.store().read::<User>(house.admin.user_id).await.unwrap().is_some());
}
