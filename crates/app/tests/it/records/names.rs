//! Categories and locations: their counts, learning of names, personal ones and those for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::records::{categories, events, locations, recount};
use app::{AppError, Caller};
use model::documents::{Category, CategoryType, Location};
use serde_json::{Value, json};
use store::{Filter, TypedStore};

use crate::house::{House, object};
use crate::meddling::Meddling;

crate::on_every_engine!(
    counts_follow_events,
    a_name_for_all_counts_before_one_is_learnt,
    uses_move_between_an_own_name_and_the_one_for_all,
    what_a_rename_leaves_without_a_record_counts_when_there_is_one_again,
    an_event_counts_for_its_name_also_when_that_is_renamed_meanwhile,
    names_learnt_at_once_are_learnt_once,
    names_are_unique_for_their_owner,
    what_is_for_all_is_for_administrators_to_change,
    used_ones_stay,
    locations_are_found_by_distance,
    a_wrong_count_is_counted_anew,
);

async fn event(house: &House, caller: &Caller, more: Value) -> String {
    let calendar = house.calendar(caller, "Bookings").await;
    let mut draft = object(&more.to_string());
    draft.insert("calendar_id".to_owned(), calendar.id.to_string().into());
    for (name, value) in
        [("title", "x"), ("start_time", "2026-11-27T17:00:00Z"), ("end_time", "2026-11-27T18:00:00Z")]
    {
        draft.insert(name.to_owned(), value.into());
    }
    events::create(&house.app, caller, draft, None).await.unwrap().id
}

/// `name:count` of all categories and locations.
async fn counts(house: &House) -> Vec<String> {
    let categories: Vec<Category> = house.app.store().all(Filter::All(Vec::new())).await.unwrap();
    let locations: Vec<Location> = house.app.store().all(Filter::All(Vec::new())).await.unwrap();
    let categories = categories.into_iter().map(|one| format!("{}:{}", one.name, one.usage_count));
    let locations = locations.into_iter().map(|one| format!("{}:{}", one.name, one.usage_count));
    let mut all: Vec<String> = categories.chain(locations).collect();
    all.sort();
    all
}

async fn counts_follow_events(house: House) {
    let draft =
        json!({"categories": ["Concert", "Press"], "internal_category": "Rental", "location": "Hall"});
    let first = event(&house, &house.mara, draft.clone()).await;
    event(&house, &house.mara, draft).await;
    assert_eq!(counts(&house).await, ["Concert:2", "Hall:2", "Press:2", "Rental:2"]);
    let learnt: Category = house.app.store().first(Filter::eq("name", "Concert")).await.unwrap().unwrap();
    assert_eq!((learnt.user_id, learnt.kind), (Some(house.mara.user_id), CategoryType::Internal));
    let patch = object(r#"{"categories": ["Concert"], "location": "Loft", "internal_category": null}"#);
    let target = first.parse().unwrap();
    events::patch(&house.app, &house.mara, target, &patch, None).await.unwrap();
    assert_eq!(counts(&house).await, ["Concert:2", "Hall:1", "Loft:1", "Press:1", "Rental:1"]);
    events::delete(&house.app, &house.mara, target, None).await.unwrap();
    assert_eq!(counts(&house).await, ["Concert:1", "Hall:1", "Loft:0", "Press:1", "Rental:1"]);
    events::restore(&house.app, &house.mara, target, None).await.unwrap();
    assert_eq!(counts(&house).await, ["Concert:2", "Hall:1", "Loft:1", "Press:1", "Rental:1"]);
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
}

async fn a_name_for_all_counts_before_one_is_learnt(house: House) {
    let global =
        categories::create(&house.app, &house.admin, &object(r#"{"name": "Concert"}"#), true, None).await;
    assert_eq!(global.unwrap().user_id, None);
    event(&house, &house.mara, json!({"category": "Concert"})).await;
    assert_eq!(counts(&house).await, ["Concert:1"]);
    categories::create(&house.app, &house.mara, &object(r#"{"name": "Concert"}"#), false, None)
        .await
        .unwrap();
    event(&house, &house.mara, json!({"category": "Concert"})).await;
    event(&house, &house.jonas, json!({"category": "Concert"})).await;
    assert_eq!(counts(&house).await, ["Concert:1", "Concert:2"]);
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
}

async fn uses_move_between_an_own_name_and_the_one_for_all(house: House) {
    let for_all = |name: &str| object(&json!({"name": name}).to_string());
    let concert =
        categories::create(&house.app, &house.admin, &for_all("Concert"), true, None).await.unwrap();
    let hall = locations::create(&house.app, &house.admin, &for_all("Hall"), true, None).await.unwrap();
    let mut maras = Vec::new();
    for _ in 0..3 {
        let draft = json!({"categories": ["Press", "Concert"], "location": "Hall"});
        maras.push(event(&house, &house.mara, draft).await.parse().unwrap());
    }
    let draft = json!({"internal_category": "Concert", "location": "Hall"});
    event(&house, &house.jonas, draft).await;
    assert_eq!(counts(&house).await, ["Concert:4", "Hall:4", "Press:3"]);
    let own = categories::create(&house.app, &house.mara, &for_all("Concert"), false, None).await.unwrap();
    let place = locations::create(&house.app, &house.mara, &for_all("Hall"), false, None).await.unwrap();
    assert_eq!((own.usage_count, place.usage_count), (3, 3));
    assert_eq!(counts(&house).await, ["Concert:1", "Concert:3", "Hall:1", "Hall:3", "Press:3"]);
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
    let own = categories::patch(&house.app, &house.mara, own.id, &for_all("Gig"), None).await.unwrap();
    let place = locations::patch(&house.app, &house.mara, place.id, &for_all("Saal"), None).await.unwrap();
    assert_eq!((own.usage_count, place.usage_count), (0, 0));
    assert_eq!(counts(&house).await, ["Concert:4", "Gig:0", "Hall:4", "Press:3", "Saal:0"]);
    events::delete(&house.app, &house.mara, maras[0], None).await.unwrap();
    assert_eq!(counts(&house).await, ["Concert:3", "Gig:0", "Hall:3", "Press:2", "Saal:0"]);
    categories::patch(&house.app, &house.mara, own.id, &for_all("Concert"), None).await.unwrap();
    locations::patch(&house.app, &house.mara, place.id, &for_all("Hall"), None).await.unwrap();
    assert_eq!(counts(&house).await, ["Concert:1", "Concert:2", "Hall:1", "Hall:2", "Press:2"]);
    for id in &maras[1..] {
        events::delete(&house.app, &house.mara, *id, None).await.unwrap();
    }
    categories::delete(&house.app, &house.mara, own.id, None).await.unwrap();
    locations::delete(&house.app, &house.mara, place.id, None).await.unwrap();
    assert_eq!(counts(&house).await, ["Concert:1", "Hall:1", "Press:0"]);
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
    let refused = categories::delete(&house.app, &house.admin, concert.id, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "still_in_use", .. }), "{refused:?}");
    let refused = locations::delete(&house.app, &house.admin, hall.id, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "still_in_use", .. }), "{refused:?}");
}

async fn what_a_rename_leaves_without_a_record_counts_when_there_is_one_again(house: House) {
    let named = |name: &str| object(&json!({"name": name}).to_string());
    for caller in [&house.mara, &house.jonas] {
        for _ in 0..2 {
            event(&house, caller, json!({"categories": ["Press", "Concert"], "location": "Hall"})).await;
        }
    }
    let categories: Vec<Category> = house.app.store().all(Filter::eq("name", "Concert")).await.unwrap();
    for one in &categories {
        categories::patch(&house.app, &house.admin, one.id, &named("Gig"), None).await.unwrap();
    }
    let locations: Vec<Location> = house.app.store().all(Filter::eq("name", "Hall")).await.unwrap();
    for one in &locations {
        locations::patch(&house.app, &house.admin, one.id, &named("Saal"), None).await.unwrap();
    }
    assert_eq!(counts(&house).await, ["Gig:0", "Gig:0", "Press:2", "Press:2", "Saal:0", "Saal:0"]);
    event(&house, &house.mara, json!({"category": "Concert", "location": "Hall"})).await;
    let learnt = ["Concert:3", "Gig:0", "Gig:0", "Hall:3", "Press:2", "Press:2", "Saal:0", "Saal:0"];
    assert_eq!(counts(&house).await, learnt);
    let concert = categories::create(&house.app, &house.admin, &named("Concert"), true, None).await.unwrap();
    let hall = locations::create(&house.app, &house.admin, &named("Hall"), true, None).await.unwrap();
    assert_eq!((concert.usage_count, hall.usage_count), (2, 2), "those of Jonas");
    assert_eq!(recount(&house.app, None).await.unwrap(), 0);
}

async fn an_event_counts_for_its_name_also_when_that_is_renamed_meanwhile(house: House) {
    event(&house, &house.mara, json!({"location": "Hall"})).await;
    let hall: Location = house.app.store().first(Filter::eq("name", "Hall")).await.unwrap().unwrap();
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let (app, mara) = (house.second(), house.mara);
    // Before one call after the other, until the event has come through without it.
    for call in 0.. {
        let saal = object(&json!({"name": format!("Saal {call}")}).to_string());
        let back = object(r#"{"name": "Hall"}"#);
        let is_renamed = Arc::new(AtomicBool::new(false));
        let meddle = {
            let (app, mara, is_renamed) = (app.clone(), mara, is_renamed.clone());
            move |number| {
                let (app, mara, saal) = (app.clone(), mara, saal.clone());
                let is_renamed = is_renamed.clone();
                async move {
                    if number == call {
                        locations::patch(&app, &mara, hall.id, &saal, None).await.unwrap();
                        is_renamed.store(true, Ordering::SeqCst);
                    }
                }
            }
        };
        let meddled = house.before(Arc::new(Meddling::before(house.store.clone(), meddle)));
        let mut draft = object(
            r#"{"title": "x", "location": "Hall", "start_time": "2026-11-27T17:00:00Z",
                "end_time": "2026-11-27T18:00:00Z"}"#,
        );
        draft.insert("calendar_id".to_owned(), calendar.id.to_string().into());
        events::create(&meddled, &mara, draft, None).await.unwrap();
        assert_eq!(recount(&house.app, None).await.unwrap(), 0, "renamed before call {call}");
        if !is_renamed.load(Ordering::SeqCst) {
            assert!(call >= 3, "it takes more calls than that: {call}");
            return;
        }
        let learnt: Option<Location> = house.app.store().first(Filter::eq("name", "Hall")).await.unwrap();
        if let Some(learnt) = learnt {
            let other = object(&json!({"name": format!("Other {call}")}).to_string());
            locations::patch(&app, &mara, learnt.id, &other, None).await.unwrap();
        }
        locations::patch(&app, &mara, hall.id, &back, None).await.unwrap();
    }
}

async fn names_learnt_at_once_are_learnt_once(house: House) {
    let draft = || event(&house, &house.mara, json!({"category": "New", "location": "Shed"}));
    tokio::join!(draft(), draft(), draft());
    assert_eq!(counts(&house).await, ["New:3", "Shed:3"]);
}

async fn names_are_unique_for_their_owner(house: House) {
    let draft = object(r#"{"name": "Foyer", "capacity": 40}"#);
    let made = locations::create(&house.app, &house.mara, &draft, false, None).await.unwrap();
    locations::create(&house.app, &house.jonas, &draft, false, None).await.unwrap();
    for is_global in [false, true] {
        let again = locations::create(&house.app, &house.admin, &draft, is_global, None).await;
        again.unwrap();
        let again = locations::create(&house.app, &house.admin, &draft, is_global, None).await.unwrap_err();
        match again {
            AppError::Invalid { code: "name_taken", errors } => assert_eq!(errors[0].field, "name"),
            other => panic!("{other:?}"),
        }
    }
    let other = object(r#"{"name": "Loft"}"#);
    let loft = locations::create(&house.app, &house.mara, &other, false, None).await.unwrap();
    let rename = object(r#"{"name": "Foyer"}"#);
    let taken = locations::patch(&house.app, &house.mara, loft.id, &rename, None).await.unwrap_err();
    assert!(matches!(taken, AppError::Invalid { code: "name_taken", .. }));
    let stale = locations::patch(&house.app, &house.mara, made.id, &other, Some(7)).await.unwrap_err();
    assert_eq!(stale, AppError::Stale { what: "location" });
    let foreign = locations::get(&house.app, &house.jonas, made.id).await.unwrap_err();
    assert_eq!(foreign, AppError::NotFound { what: "location" });
}

async fn what_is_for_all_is_for_administrators_to_change(house: House) {
    let draft = object(r##"{"name": "Concert", "color": "#112233"}"##);
    let refused = categories::create(&house.app, &house.mara, &draft, true, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Forbidden { .. }));
    let global = categories::create(&house.app, &house.admin, &draft, true, None).await.unwrap();
    assert_eq!(categories::get(&house.app, &house.mara, global.id).await.unwrap(), global);
    let patch = object(r#"{"is_active": false}"#);
    let refused = categories::patch(&house.app, &house.mara, global.id, &patch, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Forbidden { .. }));
    let changed = categories::patch(&house.app, &house.admin, global.id, &patch, Some(1)).await.unwrap();
    assert!(!changed.is_active);
    let offered = categories::list(&house.app, &house.mara, Some(true), Default::default()).await.unwrap();
    assert_eq!(offered.items, []);
    let wrong = object(r#"{"usage_count": 9, "user_id": null, "color": "red"}"#);
    match categories::patch(&house.app, &house.admin, global.id, &wrong, None).await {
        Err(AppError::Invalid { errors, .. }) => assert_eq!(errors.len(), 3, "{errors:?}"),
        other => panic!("{other:?}"),
    }
}

async fn used_ones_stay(house: House) {
    let id = event(&house, &house.mara, json!({"location": "Hall"})).await;
    let hall: Location = house.app.store().first(Filter::All(Vec::new())).await.unwrap().unwrap();
    let refused = locations::delete(&house.app, &house.mara, hall.id, None).await.unwrap_err();
    assert!(matches!(refused, AppError::Conflict { code: "still_in_use", .. }));
    events::delete(&house.app, &house.mara, id.parse().unwrap(), None).await.unwrap();
    locations::delete(&house.app, &house.mara, hall.id, None).await.unwrap();
    assert_eq!(counts(&house).await, Vec::<String>::new());
}

async fn locations_are_found_by_distance(house: House) {
    for (name, longitude, latitude) in [
        ("Berlin", 13.405, 52.52),
        ("Potsdam", 13.06, 52.4),
        ("Tokyo", 139.69, 35.69),
        ("Suva", 178.44, -18.14),
    ] {
        let draft = json!({"name": name, "coordinates": {"longitude": longitude, "latitude": latitude}});
        let draft = object(&draft.to_string());
        locations::create(&house.app, &house.mara, &draft, false, None).await.unwrap();
    }
    let near = async |latitude, longitude, km| {
        let found =
            locations::near(&house.app, &house.mara, (latitude, longitude), km, None, 10).await.unwrap();
        found.into_iter().map(|near| near.location.name).collect::<Vec<_>>()
    };
    assert_eq!(near(52.52, 13.405, 50.0).await, ["Berlin", "Potsdam"]);
    assert_eq!(near(52.4, 13.06, 5.0).await, ["Potsdam"]);
    assert_eq!(near(-18.0, -179.9, 300.0).await, ["Suva"]);
    let others = locations::near(&house.app, &house.jonas, (52.52, 13.405), 50.0, None, 10).await.unwrap();
    assert_eq!(others, []);
    assert!(locations::near(&house.app, &house.mara, (91.0, 0.0), 1.0, None, 10).await.is_err());
}

async fn a_wrong_count_is_counted_anew(house: House) {
    event(&house, &house.mara, json!({"location": "Hall"})).await;
    let mut odd = Location::named(house.app.new_id(), Some(house.mara.user_id), "Loft");
    odd.usage_count = 12;
    house.insert(&mut odd).await;
    assert_eq!(recount(&house.app, Some(house.mara.user_id)).await.unwrap(), 1);
    assert_eq!(counts(&house).await, ["Hall:1", "Loft:0"]);
}
