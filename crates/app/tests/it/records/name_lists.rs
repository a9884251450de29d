//! Kept lists of categories and locations: the pages the store would give, and no old name after an answer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use app::paging::PageRequest;
use app::records::{categories, events, locations};
use app::{App, Caller};
use serde_json::json;

use crate::house::{House, object};

crate::on_every_engine!(
    pages_are_those_of_the_store,
    a_change_that_was_answered_is_seen_at_once,
    an_event_that_uses_a_name_counts_at_once,
    a_server_that_hears_nothing_keeps_nothing,
);

async fn category(house: &House, caller: &Caller, name: &str, is_global: bool) -> model::Id {
    let draft = object(&json!({"name": name, "color": "#112233"}).to_string());
    categories::create(&house.app, caller, &draft, is_global, None).await.unwrap().id
}

/// Every page, put together, with the cursors between.
async fn pages(app: &App, caller: &Caller, is_active: Option<bool>, limit: u32) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = PageRequest::read(Some(limit), cursor.as_deref()).unwrap();
        let page = categories::list(app, caller, is_active, page).await.unwrap();
        all.extend(page.items.iter().map(|one| format!("{} {}", one.name, one.id)));
        all.push(format!("{:?}", page.next_cursor));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return all;
        }
    }
}

async fn pages_are_those_of_the_store(house: House) {
    for name in ["Zoo", "a", "B", "Ä", "Press", "press", "🎉", "Concert"] {
        category(&house, &house.mara, name, false).await;
    }
    for (name, is_global) in [("Concert", true), ("Fair", true), ("Private", false)] {
        category(&house, &house.admin, name, is_global).await;
    }
    let off = category(&house, &house.mara, "Off", false).await;
    categories::patch(&house.app, &house.mara, off, &object(r#"{"is_active": false}"#), None).await.unwrap();
    for caller in [&house.mara, &house.jonas, &house.admin] {
        for is_active in [None, Some(true), Some(false)] {
            for limit in [1, 3, 500] {
                house.app.name_lists().deaf();
                let stored = pages(&house.app, caller, is_active, limit).await;
                house.app.name_lists().anything();
                assert_eq!(
                    pages(&house.app, caller, is_active, limit).await,
                    stored,
                    "{is_active:?} {limit}"
                );
            }
        }
    }
    let figures = house.app.name_lists().figures();
    assert!(figures.hits > 10 && figures.misses > 5 && figures.passed > 10, "{figures:?}");
}

/// Readers read without pause while somebody renames.
async fn a_change_that_was_answered_is_seen_at_once(house: House) {
    const CHANGES: u64 = 40;
    house.app.name_lists().anything();
    let id = category(&house, &house.mara, "0", false).await;
    let (answered, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let newest = async || {
        let list = categories::list(&house.app, &house.mara, None, PageRequest::default()).await.unwrap();
        list.items[0].name.parse::<u64>().unwrap()
    };
    let reader = async || {
        while !is_over.load(Ordering::SeqCst) {
            let least = answered.load(Ordering::SeqCst);
            let seen = newest().await;
            assert!(seen >= least, "{seen} is older than {least}");
            tokio::task::yield_now().await;
        }
    };
    let writer = async {
        for number in 1..=CHANGES {
            let change = object(&json!({"name": number.to_string()}).to_string());
            categories::patch(&house.app, &house.mara, id, &change, None).await.unwrap();
            answered.store(number, Ordering::SeqCst);
            assert_eq!(newest().await, number);
            tokio::task::yield_now().await;
        }
        is_over.store(true, Ordering::SeqCst);
    };
    futures::join!(writer, reader(), reader(), reader());
    assert!(house.app.name_lists().figures().misses >= CHANGES);
}

async fn an_event_that_uses_a_name_counts_at_once(house: House) {
    house.app.name_lists().anything();
    let calendar = house.calendar(&house.mara, "Bookings").await;
    let counts = async || {
        let list = locations::list(&house.app, &house.mara, None, PageRequest::default()).await.unwrap();
        list.items.into_iter().map(|one| (one.name, one.usage_count)).collect::<Vec<_>>()
    };
    assert_eq!(counts().await, []);
    for expected in 1..=3 {
        let draft = json!({
            "calendar_id": calendar.id.to_string(), "title": "x", "location": "Hall",
            "start_time": "2026-11-27T17:00:00Z", "end_time": "2026-11-27T18:00:00Z",
        });
        events::create(&house.app, &house.mara, object(&draft.to_string()), None).await.unwrap();
        assert_eq!(counts().await, [("Hall".to_owned(), expected)]);
    }
}

/// A signal that nobody listens to, and another server that writes.
async fn a_server_that_hears_nothing_keeps_nothing(house: House) {
    let other = house.second();
    other.name_lists().deaf();
    let id = category(&house, &house.mara, "Concert", false).await;
    for name in ["Fair", "Gala"] {
        pages(&other, &house.mara, None, 10).await;
        let change = object(&json!({"name": name}).to_string());
        categories::patch(&house.app, &house.mara, id, &change, None).await.unwrap();
        assert_eq!(pages(&other, &house.mara, None, 10).await[0], format!("{name} {id}"));
    }
    assert_eq!(other.name_lists().figures().hits, 0);
    // Heard of, it is kept until the next is heard of.
    other.name_lists().anything();
    let hits = async || {
        pages(&other, &house.mara, None, 10).await;
        other.name_lists().figures().hits
    };
    assert_eq!((hits().await, hits().await), (0, 1));
    other.name_lists().written("events");
    assert_eq!(hits().await, 2);
    other.name_lists().written("categories");
    assert_eq!(hits().await, 2);
}
