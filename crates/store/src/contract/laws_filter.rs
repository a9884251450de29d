//! What filters mean.

use std::sync::Arc;

use model::collections::EVENTS;
use model::documents::{Event, PriorityLevel};
use model::schema::Collection;

use super::Law;
use super::fixtures::{NONE, at, event, id, insert, numbers};
use crate::port::{Store, StoreError};
use crate::query::{Filter, Query, Value};

const TEXTS: &[&str] = &["title", "description", "staff_assigned"];

fn events() -> Vec<Event> {
    let mut events: Vec<_> = (1..=6).map(event).collect();
    let sets: [fn(&mut Event); 6] = [
        |event| event.category = Some("Fair".to_owned()),
        |event| {
            event.category = Some("fair".to_owned());
            event.staff_assigned = vec!["Ana".to_owned(), "Bo".to_owned()];
            event.budget_allocated = Some(100.0);
        },
        |event| {
            event.staff_assigned = vec!["Cy".to_owned()];
            event.budget_allocated = Some(99.5);
            event.all_day = true;
            event.setup_start_time = Some(at(0));
        },
        |event| {
            event.description = Some("Der GROẞE Saal, Straße, ΣΊΣΥΦΟΣ".to_owned());
            event.setup_start_time = Some(at(500));
        },
        |event| {
            event.recurrence_master_id = Some(id(1));
            event.priority_level = Some(PriorityLevel::High);
        },
        |event| event.category = Some(String::new()),
    ];
    for (event, set) in events.iter_mut().zip(sets) {
        set(event);
    }
    events
}

/// Each filter alone and combined, on fields with and without an index, on lists, on what is missing.
pub async fn every_filter_means_what_it_says(store: Arc<dyn Store>) -> Law {
    use Filter::{All, Any, Contains, Eq, Exists, Gt, Gte, In, Lt, Lte, Ne};
    insert(&store, &events()).await?;
    let start = |hours: i64| Value::from(at(hours * 3_600_000));
    let table: Vec<(Filter, &[u32])> = vec![
        (All(vec![]), &[1, 2, 3, 4, 5, 6]),
        (Any(vec![]), &[]),
        (Eq("category", "Fair".into()), &[1]),
        (Eq("category", "".into()), &[6]),
        (Eq("category", Value::Null), &[3, 4, 5]),
        (Ne("category", "Fair".into()), &[2, 3, 4, 5, 6]),
        (Ne("category", Value::Null), &[1, 2, 6]),
        (In("category", vec!["Fair".into(), "fair".into(), "x".into()]), &[1, 2]),
        (In("category", vec![Value::Null, "Fair".into()]), &[1, 3, 4, 5]),
        (In("category", vec![]), &[]),
        (Exists("category", true), &[1, 2, 6]),
        (Exists("category", false), &[3, 4, 5]),
        (Lt("category", "Z".into()), &[1, 6]),
        (Gte("category", "Fair".into()), &[1, 2]),
        (Eq("staff_assigned", "Bo".into()), &[2]),
        (Eq("staff_assigned", Value::Null), &[1, 4, 5, 6]),
        (Ne("staff_assigned", "Bo".into()), &[1, 3, 4, 5, 6]),
        (In("staff_assigned", vec!["Ana".into(), "Cy".into()]), &[2, 3]),
        (Exists("staff_assigned", true), &[2, 3]),
        (Exists("recurrence_pattern", false), &[1, 2, 3, 4, 5, 6]),
        (Eq("all_day", true.into()), &[3]),
        (Ne("all_day", true.into()), &[1, 2, 4, 5, 6]),
        (Eq("budget_allocated", 100.into()), &[2]),
        (Eq("budget_allocated", Value::Float(99.5)), &[3]),
        (Eq("priority_level", "high".into()), &[5]),
        (Eq("recurrence_master_id", id(1).into()), &[5]),
        (Eq("revision", 1.into()), &[1, 2, 3, 4, 5, 6]),
        (Eq("_id", id(3).into()), &[3]),
        (Gt("_id", id(4).into()), &[5, 6]),
        (Lte("_id", id(2).into()), &[1, 2]),
        (Eq("setup_start_time", at(500).into()), &[4]),
        (Lt("start_time", start(3)), &[1, 2]),
        (Lte("start_time", start(3)), &[1, 2, 3]),
        (Gt("start_time", start(3)), &[4, 5, 6]),
        (All(vec![Gte("start_time", start(2)), Lt("start_time", start(4))]), &[2, 3]),
        (
            Any(vec![
                Eq("_id", id(1).into()),
                All(vec![Gt("start_time", start(4)), Exists("category", true)]),
            ]),
            &[1, 6],
        ),
        (Contains(TEXTS, "EVENT 3".to_owned()), &[3]),
        (Contains(TEXTS, "große saal".to_owned()), &[4]),
        (Contains(TEXTS, "σίσυφος".to_owned()), &[4]),
        (Contains(TEXTS, "bo".to_owned()), &[2]),
        (Contains(&["description"], String::new()), &[4]),
        (Contains(TEXTS, "%".to_owned()), &[]),
        (Contains(TEXTS, "e_ent".to_owned()), &[]),
    ];
    for (filter, expected) in table {
        assert_eq!(numbers(&store, &EVENTS, filter.clone()).await?, expected, "{filter:?}");
        let count = store.count(&EVENTS, filter.clone()).await?;
        assert_eq!(count, u64::try_from(expected.len()).unwrap_or_default(), "count of {filter:?}");
    }
    // A range over a field without an index may be refused, but never be wrong: texts of instants do not sort.
    for (filter, expected) in [
        (Gt("setup_start_time", at(0).into()), [4].as_slice()),
        (Lte("setup_start_time", at(0).into()), &[3]),
        (Gt("budget_allocated", Value::Float(99.9)), &[2]),
    ] {
        match numbers(&store, &EVENTS, filter.clone()).await {
            Ok(found) => assert_eq!(found, expected, "{filter:?}"),
            Err(error) => assert!(matches!(error, StoreError::Unsupported { .. }), "{error}"),
        }
    }
    Ok(())
}

/// Text is no number, a number no id, an instant no text: such comparisons are met by nothing.
pub async fn comparisons_stay_within_a_kind(store: Arc<dyn Store>) -> Law {
    let mut event = event(1);
    event.title = "1".to_owned();
    event.category = Some(at(0).to_string());
    event.location = Some(id(1).to_string());
    insert(&store, &[event]).await?;
    let nothing = [
        Filter::eq("title", 1),
        Filter::eq("category", at(0)),
        Filter::eq("location", id(1)),
        Filter::eq("_id", Value::Text(id(1).to_string())),
        Filter::eq("user_id", Value::Text(id(1).to_string())),
        Filter::eq("start_time", Value::Text(at(3_600_000).to_string())),
        Filter::eq("start_time", at(3_600_000).as_millisecond()),
        Filter::eq("all_day", 0),
        Filter::eq("revision", true),
        Filter::eq("revision", "1"),
        Filter::eq("revision", Value::Float(f64::NAN)),
        Filter::Gt("title", 0.into()),
        Filter::Lt("title", Value::Null),
        Filter::Gte("category", Value::Null),
        Filter::Gt("revision", Value::Float(f64::NAN)),
        Filter::Lt("revision", Value::Float(f64::NEG_INFINITY)),
        Filter::In("title", vec![1.into(), id(1).into(), true.into()]),
    ];
    for filter in nothing {
        assert_eq!(numbers(&store, &EVENTS, filter.clone()).await?, NONE, "{filter:?}");
    }
    for filter in [
        Filter::eq("revision", Value::Float(1.0)),
        Filter::Lt("revision", Value::Float(1.5)),
        Filter::Lt("revision", Value::Float(f64::INFINITY)),
        Filter::Ne("title", 1.into()),
        Filter::Ne("revision", Value::Float(f64::NAN)),
    ] {
        assert_eq!(numbers(&store, &EVENTS, filter.clone()).await?, [1], "{filter:?}");
    }
    Ok(())
}

/// A filter or an order by something that is not declared or not comparable is refused, wherever it stands.
pub async fn unknown_fields_are_refused(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1)]).await?;
    let collection: &'static Collection = &EVENTS;
    for filter in [
        Filter::eq("no_such_field", 1),
        Filter::eq("title\" = '' OR 1 --", 1),
        Filter::eq("attendees", "x"),
        Filter::eq("attendees.email", "x"),
        Filter::eq("$where", "1"),
        Filter::Any(vec![Filter::All(vec![]), Filter::Exists("x", false)]),
        Filter::Contains(&["title", "all_day"], "x".to_owned()),
    ] {
        let outcome = numbers(&store, collection, filter.clone()).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{filter:?}: {outcome:?}");
        let outcome = store.count(collection, filter).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    }
    for field in ["no_such_field", "staff_assigned", "recurrence_pattern"] {
        let query = Query::of(collection, Filter::All(vec![])).sorted(field, crate::query::Order::Ascending);
        let outcome = store.find(query).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{field}: {outcome:?}");
    }
    Ok(())
}

/// Thousands of values in one filter, of every kind, and thousands of alternatives.
pub async fn long_lists_of_values_work(store: Arc<dyn Store>) -> Law {
    insert(&store, &(1..=40).map(event).collect::<Vec<_>>()).await?;
    let many = 1..=3_000_u32;
    let hours = |number: u32| at(i64::from(number) * 3_600_000);
    let lists = [
        Filter::In("_id", many.clone().map(|number| id(number * 2).into()).collect()),
        Filter::In(
            "title",
            many.clone().map(|number| format!("event {}", number * 2).as_str().into()).collect(),
        ),
        Filter::In("start_time", many.clone().map(|number| hours(number * 2).into()).collect()),
        Filter::Any(many.clone().map(|number| Filter::eq("_id", id(number * 2))).collect()),
    ];
    let even: Vec<u32> = (1..=20).map(|number| number * 2).collect();
    for filter in lists {
        assert_eq!(numbers(&store, &EVENTS, filter).await?, even);
    }
    let numbers_of_revisions = Filter::In("revision", (1..=3_000).map(Value::Int).collect());
    assert_eq!(numbers(&store, &EVENTS, numbers_of_revisions).await?.len(), 40);
    Ok(())
}
