//! Development data: valid, deterministic, rightly counted, made once.

use app::AppError;
use app::records::recount;
use app::records::seed::{SeedSpec, seed};
use model::collections::{CATEGORIES, EVENTS, LOCATIONS};
use model::documents::{Calendar, Category, Event, Location, User};
use store::{Filter, TypedStore};

use crate::house::House;

crate::on_every_engine!(everything_made_is_valid_and_counted, the_same_seed_makes_the_same);

const SPEC: SeedSpec = SeedSpec { users: 3, events: 500, years: 2, random_seed: 1 };

fn everything() -> Filter {
    Filter::All(Vec::new())
}

async fn everything_made_is_valid_and_counted(house: House) {
    let mut heard = Vec::new();
    let seeded = seed(&house.app, SPEC, &mut |made, of| heard.push((made, of))).await.unwrap();
    assert_eq!((seeded.events, heard.last()), (500, Some(&(500, 500))));
    assert_eq!(seeded.emails[0], "mara.lind@example.org");
    let store = house.app.store();
    let events: Vec<Event> = store.all(everything()).await.unwrap();
    assert_eq!(events.len(), 500);
    for event in &events {
        let mut errors = model::validate::record(event);
        errors.extend(model::validate::event(event));
        assert_eq!(errors, Vec::new(), "{event:?}");
    }
    let users: Vec<User> = store.all(everything()).await.unwrap();
    let calendars: Vec<Calendar> = store.all(everything()).await.unwrap();
    let rooms: Vec<Location> = store.all(everything()).await.unwrap();
    let categories: Vec<Category> = store.all(everything()).await.unwrap();
    let mut errors: Vec<_> = users.iter().flat_map(model::validate::record).collect();
    errors.extend(calendars.iter().flat_map(model::validate::record));
    errors.extend(rooms.iter().flat_map(model::validate::record));
    errors.extend(categories.iter().flat_map(model::validate::record));
    assert_eq!(errors, Vec::new());
    assert!(events.iter().any(|event| event.is_recurring) && events.iter().any(|event| event.all_day));
    assert!(events.iter().any(|event| event.recurrence_master_id.is_some()));
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
    let again = seed(&house.app, SPEC, &mut |_, _| {}).await.unwrap_err();
    assert!(matches!(again, AppError::Conflict { code: "seeded_before", .. }));
    // Another seed shares the house.
    seed(&house.app, SeedSpec { random_seed: 2, events: 20, ..SPEC }, &mut |_, _| {}).await.unwrap();
    assert_eq!(store.count(&LOCATIONS, everything()).await.unwrap(), rooms.len() as u64);
    assert_eq!(store.count(&CATEGORIES, everything()).await.unwrap(), categories.len() as u64);
    assert_eq!(store.count(&EVENTS, everything()).await.unwrap(), 520);
}

async fn the_same_seed_makes_the_same(house: House) {
    let other = House::in_memory().await;
    let mut all = Vec::new();
    for house in [&house, &other] {
        seed(&house.app, SPEC, &mut |_, _| {}).await.unwrap();
        let mut events: Vec<Event> = house.app.store().all(everything()).await.unwrap();
        for event in &mut events {
            (event.created_at, event.updated_at) = (event.start_time, event.start_time);
        }
        all.push(events);
    }
    assert_eq!(all[0], all[1]);
}
