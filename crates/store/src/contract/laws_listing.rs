//! Order and cursors.

use std::cmp::Reverse;
use std::sync::Arc;

use model::collections::{CATEGORIES, EVENTS};
use model::documents::Event;

use super::Law;
use super::fixtures::{all_of, at, commit, event, id, insert, number};
use crate::port::{Store, StoreError};
use crate::query::{Cursor, Filter, Order, Query, Value};
use crate::write::{Document, Write};

/// Events with ties and missing values in several fields.
fn events() -> Vec<Event> {
    let event = |number: u32| {
        let mut event = event(number);
        event.start_time = at(i64::from(number * 7 % 5));
        event.category = (!number.is_multiple_of(3)).then(|| format!("c{}", number % 4));
        event.budget_allocated = (number % 5 > 1).then(|| f64::from(number % 7) / 2.0);
        event.all_day = number.is_multiple_of(2);
        event.last_synced = (!number.is_multiple_of(4)).then(|| at(i64::from(number % 6)));
        event.recurrence_master_id = (number % 6 > 2).then(|| id(number % 9));
        event
    };
    (1..=60).map(event).collect()
}

fn missing_first<T: PartialOrd>(own: &Option<T>, other: &Option<T>) -> std::cmp::Ordering {
    own.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal)
}

/// By each kind of field, both ways, with ties and missing values, and for each size of page: the same total order.
pub async fn listings_are_ordered_and_complete(store: Arc<dyn Store>) -> Law {
    use Order::{Ascending, Descending};
    let mut events = events();
    insert(&store, &events).await?;
    type Sort = Vec<(&'static str, Order)>;
    type Compare = fn(&Event, &Event) -> std::cmp::Ordering;
    let table: Vec<(Sort, Compare)> = vec![
        (vec![], |a, b| a.id.cmp(&b.id)),
        (vec![("_id", Descending)], |a, b| b.id.cmp(&a.id)),
        (vec![("category", Ascending)], |a, b| (&a.category, a.id).cmp(&(&b.category, b.id))),
        (vec![("category", Descending)], |a, b| {
            (Reverse(&a.category), a.id).cmp(&(Reverse(&b.category), b.id))
        }),
        (vec![("start_time", Descending)], |a, b| {
            (Reverse(a.start_time), a.id).cmp(&(Reverse(b.start_time), b.id))
        }),
        (vec![("user_id", Ascending), ("start_time", Ascending)], |a, b| {
            (a.start_time, a.id).cmp(&(b.start_time, b.id))
        }),
        (vec![("category", Descending), ("start_time", Ascending), ("last_synced", Descending)], |a, b| {
            let key = |event: &Event| {
                (Reverse(event.category.clone()), event.start_time, Reverse(event.last_synced), event.id)
            };
            key(a).cmp(&key(b))
        }),
        (vec![("budget_allocated", Ascending)], |a, b| {
            missing_first(&a.budget_allocated, &b.budget_allocated).then(a.id.cmp(&b.id))
        }),
        (vec![("budget_allocated", Descending), ("all_day", Descending)], |a, b| {
            missing_first(&b.budget_allocated, &a.budget_allocated)
                .then((Reverse(a.all_day), a.id).cmp(&(Reverse(b.all_day), b.id)))
        }),
        (vec![("recurrence_master_id", Descending), ("title", Descending)], |a, b| {
            let key = |event: &Event| (Reverse(event.recurrence_master_id), Reverse(event.title.clone()));
            key(a).cmp(&key(b))
        }),
        (vec![("last_synced", Ascending)], |a, b| (a.last_synced, a.id).cmp(&(b.last_synced, b.id))),
    ];
    for (sort, compare) in table {
        events.sort_by(compare);
        let expected = events.iter().map(Document::of).collect::<Result<Vec<_>, _>>()?;
        for limit in [1, 7, 59, 60, 500] {
            let query = Query { sort: sort.clone(), ..Query::of(&EVENTS, Filter::All(vec![])).limit(limit) };
            assert_eq!(all_of(&store, query).await?, expected, "{sort:?} by {limit}");
        }
    }
    let nothing = store.find(Query::of(&EVENTS, Filter::All(vec![])).limit(0)).await?;
    assert!(nothing.documents.is_empty() && nothing.next.is_none());
    let last = store.find(Query::of(&EVENTS, Filter::All(vec![])).limit(60)).await?;
    assert!(last.next.is_none(), "a page that holds the last document says so");
    Ok(())
}

/// Several listings in one call are each what a single call gives, in the order of the queries; one that is refused
/// refuses the call.
pub async fn many_listings_are_each_as_alone(store: Arc<dyn Store>) -> Law {
    insert(&store, &events()).await?;
    let listing = |filter: Filter, limit| {
        Query::of(&EVENTS, filter).sorted("start_time", Order::Ascending).limit(limit)
    };
    let queries = vec![
        listing(Filter::eq("all_day", true), 7),
        Query::of(&CATEGORIES, Filter::All(vec![])),
        listing(Filter::eq("category", "c1"), 500),
        listing(Filter::Any(vec![]), 5),
        listing(Filter::All(vec![]), 0),
    ];
    let mut alone = Vec::new();
    for query in &queries {
        alone.push(store.find(query.clone()).await?);
    }
    assert_eq!(store.find_many(queries.clone()).await?, alone);
    assert_eq!(store.find_many(Vec::new()).await?, Vec::new());
    let unknown = listing(Filter::eq("no_such_field", true), 7);
    let outcome = store.find_many(queries.into_iter().chain([unknown]).collect()).await;
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    Ok(())
}

/// A choice between branches that exclude one another is one listing: complete, in order, page by page.
pub async fn branches_make_one_listing(store: Arc<dyn Store>) -> Law {
    let mut events = events();
    for (event, class) in events.iter_mut().zip((0..5).cycle()) {
        event.span_class = class;
    }
    insert(&store, &events).await?;
    let branch = |class: i64, from: i64| {
        Filter::eq("span_class", class).and(Filter::Gte("start_time", at(from).into()))
    };
    let own = Filter::eq("user_id", events.first().map_or(id(0), |event| event.user_id));
    for (classes, rest) in [
        (vec![(0, 0), (1, 2), (3, 1)], Filter::Exists("start_time", true)),
        (vec![(4, 3), (2, 0)], Filter::eq("all_day", true)),
        // These do not exclude one another: nothing may come twice.
        (vec![(1, 0), (1, 2), (2, 0)], Filter::Exists("title", true)),
        (vec![(3, 0)], Filter::Ne("category", "c1".into())),
    ] {
        let any = Filter::Any(classes.iter().map(|(class, from)| branch(*class, *from)).collect());
        let matching = |event: &&Event| {
            let chosen = classes
                .iter()
                .any(|(class, from)| event.span_class == *class && event.start_time >= at(*from));
            chosen
                && match &rest {
                    Filter::Eq(..) => event.all_day,
                    Filter::Ne(..) => event.category.as_deref() != Some("c1"),
                    _ => true,
                }
        };
        let filter = Filter::All(vec![own.clone(), any, rest.clone()]);
        for order in [Order::Ascending, Order::Descending] {
            let mut expected: Vec<&Event> = events.iter().filter(matching).collect();
            expected.sort_by_key(|event| (event.start_time, event.id));
            if order == Order::Descending {
                expected.sort_by_key(|event| (Reverse(event.start_time), event.id));
            }
            let expected = expected.into_iter().map(Document::of).collect::<Result<Vec<_>, _>>()?;
            for limit in [1, 4, 500] {
                let query = Query::of(&EVENTS, filter.clone()).sorted("start_time", order).limit(limit);
                assert_eq!(all_of(&store, query).await?, expected, "{classes:?} {order:?} by {limit}");
            }
        }
        // By what may be missing, by the id itself and by several fields it goes on from page to page as well.
        for sort in [
            vec![("_id", Order::Descending)],
            vec![("category", Order::Ascending)],
            vec![("category", Order::Descending)],
            vec![("all_day", Order::Ascending), ("start_time", Order::Descending)],
        ] {
            let query =
                |limit| Query { sort: sort.clone(), ..Query::of(&EVENTS, filter.clone()).limit(limit) };
            let expected = all_of(&store, query(500)).await?;
            assert_eq!(expected.len(), events.iter().filter(matching).count());
            for limit in [1, 4] {
                assert_eq!(all_of(&store, query(limit)).await?, expected, "{classes:?} {sort:?} by {limit}");
            }
        }
    }
    Ok(())
}

/// While others insert and delete between two pages, whatever is there all the time is listed exactly once, in order.
pub async fn cursors_hold_while_others_write(store: Arc<dyn Store>) -> Law {
    for (field, order) in [
        ("category", Order::Ascending),
        ("category", Order::Descending),
        ("start_time", Order::Descending),
        ("last_synced", Order::Ascending),
        ("budget_allocated", Order::Descending),
    ] {
        commit(&store, Write::Delete { collection: &EVENTS, filter: Filter::All(vec![]) }).await?;
        let events = events();
        insert(&store, &events).await?;
        let query = Query::of(&EVENTS, Filter::All(vec![])).sorted(field, order).limit(4);
        let mut page = store.find(query.clone()).await?;
        let mut seen = Vec::new();
        for round in 0.. {
            seen.extend(page.documents.iter().map(|document| number(document.id)));
            let Some(cursor) = page.next else { break };
            assert!(round < 1_000, "the listing does not end");
            // The document that the cursor stands on goes, another goes, and two come at each end of the order.
            let gone = vec![Value::Id(cursor.id), Value::Id(id(round * 11 % 61))];
            commit(&store, Write::Delete { collection: &EVENTS, filter: Filter::In("_id", gone) }).await?;
            let mut early = event(1_000 + round);
            early.start_time = at(-1);
            let mut late = event(2_000 + round);
            late.start_time = at(1_000_000);
            late.category = Some("z".to_owned());
            late.last_synced = Some(at(1_000_000));
            late.budget_allocated = Some(1e9);
            insert(&store, &[early, late]).await?;
            page = store.find(query.clone().after(Some(cursor))).await?;
        }
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), seen.len(), "by {field}: listed twice");
        let left = all_of(&store, query).await?;
        let stayed = left.iter().map(|document| number(document.id)).filter(|number| *number < 1_000);
        let stayed: Vec<_> = stayed.collect();
        let seen: Vec<_> = seen.into_iter().filter(|number| stayed.contains(number)).collect();
        assert_eq!(seen, stayed, "by {field}");
    }
    Ok(())
}

/// A cursor that another listing gave, or nobody, is refused.
pub async fn foreign_cursors_are_refused(store: Arc<dyn Store>) -> Law {
    let query = Query::of(&CATEGORIES, Filter::All(vec![])).sorted("name", Order::Ascending);
    for values in [vec![], vec![1.into()], vec![at(0).into()], vec!["a".into(), "b".into()]] {
        let outcome = store.find(query.clone().after(Some(Cursor { values, id: id(1) }))).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
    }
    // Cursors travel as text and come back equal.
    let cursor =
        Cursor { values: vec!["ä\u{0}".into(), Value::Null, at(1).into(), id(3).into()], id: id(9) };
    let text = serde_json::to_string(&cursor)
        .map_err(|error| StoreError::Unsupported { reason: error.to_string() })?;
    assert_eq!(serde_json::from_str::<Cursor>(&text).ok(), Some(cursor));
    Ok(())
}
