//! Development data: valid, deterministic, rightly counted, made once.

use std::collections::BTreeSet;

use app::AppError;
use app::records::recount;
use app::records::seed::{SeedSpec, seed};
use jiff::civil::date;
use jiff::tz::TimeZone;
use model::collections::{CALENDARS, CATEGORIES, EVENTS, LOCATIONS, USERS};
use model::documents::{Calendar, Category, Event, Location, User};
use store::{Document, Filter, Query, TypedStore};

use crate::house::House;

crate::on_every_engine!(everything_made_is_valid_and_counted, the_same_seed_makes_the_same);

const SPEC: SeedSpec = SeedSpec { users: 3, events: 500, years: 2, random_seed: 1, around: None };

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
    all_shapes(&events);
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
    let again = seed(&house.app, SPEC, &mut |_, _| {}).await.unwrap();
    assert_eq!((again.before, again.emails), (500, seeded.emails));
    for other in [SeedSpec { events: 501, ..SPEC }, SeedSpec { around: Some(date(2020, 1, 1)), ..SPEC }] {
        let refused = seed(&house.app, other, &mut |_, _| {}).await.unwrap_err();
        assert!(matches!(refused, AppError::Conflict { code: "seeded_before", .. }));
        assert!(refused.to_string().contains("--users 3 --events 500 --years 2 --around "), "{refused}");
    }
    assert_eq!(store.count(&EVENTS, everything()).await.unwrap(), 500);
    // Another seed shares the house.
    seed(&house.app, SeedSpec { random_seed: 2, events: 20, ..SPEC }, &mut |_, _| {}).await.unwrap();
    assert_eq!(store.count(&LOCATIONS, everything()).await.unwrap(), rooms.len() as u64);
    assert_eq!(store.count(&CATEGORIES, everything()).await.unwrap(), categories.len() as u64);
    assert_eq!(store.count(&EVENTS, everything()).await.unwrap(), 520);
}

/// Single events, whole days, called off ones, series with an occurrence called off and exceptions of both kinds, over
/// changes of the clocks, in rooms of several zones; and as many clashes as are meant to be.
fn all_shapes(events: &[Event]) {
    let is_any = |what: &str, is: &dyn Fn(&Event) -> bool| assert!(events.iter().any(is), "{what}");
    is_any("whole days", &|event| event.all_day);
    is_any("called off", &|event| event.is_cancelled);
    is_any("series", &|event| event.is_recurring && !event.cancelled_occurrences.is_empty());
    is_any("exception for the crew", &|event| event.inherits_shared == Some(true));
    is_any("moved", &|event| event.recurrence_master_id.is_some() && event.inherits_shared.is_none());
    is_any("for days", &|event| {
        !event.all_day && event.end_time.duration_since(event.start_time).as_hours() > 30
    });
    is_any("over a change of the clocks", &|event| {
        let zone = TimeZone::get(&event.time_zone).unwrap();
        let end = if event.is_recurring { event.recurrence_until.unwrap() } else { event.end_time };
        zone.to_offset(event.start_time) != zone.to_offset(end)
    });
    let zones: BTreeSet<&str> = events.iter().map(|event| event.time_zone.as_str()).collect();
    assert!(zones.len() >= 3, "{zones:?}");

    let single: Vec<&Event> = events
        .iter()
        .filter(|event| !event.is_recurring && !event.is_cancelled && !event.all_day)
        .filter(|event| event.recurrence_master_id.is_none())
        .collect();
    let pairs = single.iter().enumerate().flat_map(|(place, one)| {
        single.iter().skip(place + 1).map(move |other| (*one, *other)).filter(|(one, other)| {
            one.occupied_from < other.occupied_until && other.occupied_from < one.occupied_until
        })
    });
    let (mut rooms, mut crews) = (0, 0);
    for (one, other) in pairs {
        rooms += u64::from(one.location.is_some() && one.location == other.location);
        crews += u64::from(one.staff_assigned.iter().any(|name| other.staff_assigned.contains(name)));
    }
    // One of fifty each; exhibitions meet now and then.
    let meant = 3 * (500 / 3_u64).div_ceil(50);
    assert!((meant - 3..=meant + 4).contains(&rooms), "{rooms} clashes of rooms, {meant} are meant");
    assert!((meant - 3..=meant + 4).contains(&crews), "{crews} clashes of crews, {meant} are meant");
}

/// Every document to the last byte, on whatever engine and whenever it is made.
async fn the_same_seed_makes_the_same(house: House) {
    let other = House::in_memory().await;
    let spec = SeedSpec { around: Some(date(2026, 11, 28)), ..SPEC };
    let mut all = Vec::new();
    for house in [&house, &other] {
        let before = documents(house).await;
        seed(&house.app, spec, &mut |_, _| {}).await.unwrap();
        let mut made = documents(house).await;
        made.retain(|document| !before.contains(document));
        all.push(made);
    }
    assert!(all[0].len() > 500, "{}", all[0].len());
    assert_eq!(all[0], all[1]);
}

async fn documents(house: &House) -> Vec<Document> {
    let mut documents = Vec::new();
    for collection in [&EVENTS, &USERS, &CALENDARS, &CATEGORIES, &LOCATIONS] {
        let query = Query::of(collection, everything()).limit(500);
        documents.extend(house.app.store().find(query).await.unwrap().documents);
    }
    documents
}
