//! What values keep: the bytes of text, the milliseconds of instants, the value of numbers.

use std::sync::Arc;

use model::collections::{EVENTS, LEASES};
use model::documents::{Event, Lease};

use super::Law;
use super::fixtures::{NONE, all_of, at, event, id, insert, number, numbers, read, touched};
use crate::port::Store;
use crate::query::{Filter, Order, Query, Value};

/// Text is ordered and compared by its bytes in UTF-8, in no language's order.
pub async fn text_is_ordered_by_bytes(store: Arc<dyn Store>) -> Law {
    // In rising order of bytes; in UTF-16 the last two would stand the other way round.
    let texts =
        ["", " ", "A", "B", "Z", "a", "a\u{0}", "a ", "ab", "z", "Ä", "ß", "é", "日", "ﬁ", "\u{ffff}", "🎪"];
    let mut events = Vec::new();
    for (number, text) in (0..).zip(texts) {
        let mut event = event(number);
        event.location = Some(text.to_owned());
        event.internal_notes = Some(text.to_owned());
        events.push(event);
    }
    insert(&store, &events).await?;
    let expected: Vec<u32> = events.iter().map(|event| number(event.id)).collect();
    for field in ["location", "internal_notes"] {
        let query = Query::of(&EVENTS, Filter::All(vec![])).sorted(field, Order::Ascending).limit(3);
        let listed = all_of(&store, query).await?;
        assert_eq!(
            listed.iter().map(|document| number(document.id)).collect::<Vec<_>>(),
            expected,
            "{field}"
        );
    }
    for (position, text) in (0..).zip(texts) {
        let smaller = numbers(&store, &EVENTS, Filter::Lt("location", text.into())).await?;
        assert_eq!(smaller, (0..position).collect::<Vec<u32>>(), "{text:?}");
        // Canonically equal is not equal.
        assert_eq!(numbers(&store, &EVENTS, Filter::eq("location", text)).await?, [position]);
    }
    assert_eq!(numbers(&store, &EVENTS, Filter::eq("location", "e\u{301}")).await?, NONE);
    Ok(())
}

/// Instants keep and compare their milliseconds, before 1970 and far away too.
pub async fn instants_keep_their_milliseconds(store: Arc<dyn Store>) -> Law {
    let offsets = [-62_000_000_000_000, -1_767_225_600_001, -1, 0, 1, 2, 999, 1_000, 250_000_000_000_000];
    let mut events = Vec::new();
    for (number, offset) in (0..).zip(offsets) {
        let mut event: Event = event(number);
        event.start_time = at(offset);
        event.last_synced = Some(at(offset));
        events.push(event);
    }
    insert(&store, &events).await?;
    for (position, offset) in (0..).zip(offsets) {
        let stored: Option<Event> = read(&store, position).await?;
        assert_eq!(stored.map(|event| event.start_time), Some(at(offset)));
        for field in ["start_time", "last_synced"] {
            assert_eq!(numbers(&store, &EVENTS, Filter::eq(field, at(offset))).await?, [position], "{field}");
        }
        let smaller = numbers(&store, &EVENTS, Filter::Lt("start_time", at(offset).into())).await?;
        assert_eq!(smaller, (0..position).collect::<Vec<u32>>());
    }
    for field in ["start_time", "last_synced"] {
        let query = Query::of(&EVENTS, Filter::All(vec![])).sorted(field, Order::Descending).limit(2);
        let listed: Vec<_> =
            all_of(&store, query).await?.iter().map(|document| number(document.id)).collect();
        assert_eq!(listed, (0..9).rev().collect::<Vec<_>>(), "{field}");
    }
    Ok(())
}

/// Whole numbers keep all their digits, fractions their value.
pub async fn numbers_keep_their_value(store: Arc<dyn Store>) -> Law {
    let lease = |number: u32, fence| {
        touched(Lease {
            id: id(number),
            name: format!("l{number}"),
            holder: "p".to_owned(),
            fence,
            expires_at: at(0),
            created_at: at(0),
            updated_at: at(0),
            revision: 0,
        })
    };
    let fences = [1, 9_007_199_254_740_993, i64::MAX - 1, i64::MAX];
    insert(&store, &(0..).zip(fences).map(|(number, fence)| lease(number, fence)).collect::<Vec<_>>())
        .await?;
    for (position, fence) in (0..).zip(fences) {
        assert_eq!(numbers(&store, &LEASES, Filter::eq("fence", fence)).await?, [position]);
        let smaller = numbers(&store, &LEASES, Filter::Lt("fence", fence.into())).await?;
        assert_eq!(smaller, (0..position).collect::<Vec<u32>>());
        assert_eq!(read::<Lease>(&store, position).await?.map(|lease| lease.fence), Some(fence));
    }
    let mut event = event(1);
    event.budget_allocated = Some(0.1 + 0.2);
    insert(&store, &[event.clone()]).await?;
    assert_eq!(read::<Event>(&store, 1).await?, Some(event));
    assert_eq!(numbers(&store, &EVENTS, Filter::eq("budget_allocated", Value::Float(0.1 + 0.2))).await?, [1]);
    assert_eq!(numbers(&store, &EVENTS, Filter::eq("budget_allocated", Value::Float(0.3))).await?, NONE);
    Ok(())
}
