//! Streams: one moment, in bounded chunks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::collections::{CALENDARS, CATEGORIES, EVENTS};
use model::documents::Event;
use model::schema::Collection;

use super::Law;
use super::fixtures::{calendar, commit, event, id, insert, number};
use crate::port::Store;
use crate::query::{Filter, Value};
use crate::write::{Document, Write};

const MANY: u32 = 1_500;

fn events() -> Vec<Event> {
    let long = |number| {
        let mut event = event(number);
        event.internal_notes = Some("n".repeat(2_000));
        event.category = Some(if number % 3 == 0 { "third" } else { "other" }.to_owned());
        event
    };
    (0..MANY).map(long).collect()
}

/// What is written while a stream goes on is not in it; the documents come by rising id, a bounded number at a time.
pub async fn a_stream_is_one_moment(store: Arc<dyn Store>) -> Law {
    let events = events();
    insert(&store, &events).await?;
    let chunks = AtomicUsize::new(0);
    let mut streamed = Vec::new();
    let stream = store.stream(
        &EVENTS,
        Filter::All(vec![]),
        Box::new(|chunk| {
            chunks.fetch_add(1, Ordering::SeqCst);
            assert!(chunk.len() <= 1_000, "a chunk of {}", chunk.len());
            streamed.extend(chunk);
            true
        }),
    );
    let writes = async {
        while chunks.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let set = vec![("title", Value::from("changed"))];
        let filter = Filter::All(vec![]);
        commit(&store, Write::Update { collection: &EVENTS, filter, set, add: vec![], must_match: true })
            .await?;
        commit(&store, Write::Delete { collection: &EVENTS, filter: Filter::eq("category", "third") })
            .await?;
        insert(&store, &[event(MANY), event(MANY + 1)]).await
    };
    let (streaming, writing) = futures::join!(stream, writes);
    streaming?;
    writing?;
    assert!(chunks.load(Ordering::SeqCst) > 1, "one chunk of everything is not bounded");
    assert_eq!(streamed, events.iter().map(Document::of).collect::<Result<Vec<_>, _>>()?);
    assert_eq!(store.count(&EVENTS, Filter::eq("title", "changed")).await?, 1_000);
    Ok(())
}

/// A stream ends when its reader has enough, and leaves nothing open behind it.
pub async fn a_stream_can_be_stopped(store: Arc<dyn Store>) -> Law {
    insert(&store, &events()).await?;
    for _ in 0..20 {
        let mut given = 0;
        let stop = Box::new(|chunk: Vec<Document>| {
            given += chunk.len();
            false
        });
        store.stream(&EVENTS, Filter::All(vec![]), stop).await?;
        assert!((1..1_500).contains(&given), "{given}");
        // Dropped before it is asked for anything.
        drop(store.stream(&EVENTS, Filter::All(vec![]), Box::new(|_| true)));
    }
    insert(&store, &[event(MANY)]).await?;
    store.check().await
}

/// Only what matches is streamed; nothing is no error.
pub async fn a_stream_takes_a_filter(store: Arc<dyn Store>) -> Law {
    insert(&store, &events()).await?;
    for (category, expected) in [("third", (0..MANY).step_by(3).collect::<Vec<_>>()), ("none", vec![])] {
        let mut streamed = Vec::new();
        let each = Box::new(|chunk: Vec<Document>| {
            streamed.extend(chunk.iter().map(|document| number(document.id)));
            true
        });
        store.stream(&EVENTS, Filter::eq("category", category), each).await?;
        assert_eq!(streamed, expected);
    }
    let outcome = store.stream(&EVENTS, Filter::eq("no_such_field", 1), Box::new(|_| true)).await;
    assert!(outcome.is_err());
    Ok(())
}

/// Chunks are bounded by their size too: memory stays flat however large the documents are.
pub async fn chunks_of_large_documents_are_small(store: Arc<dyn Store>) -> Law {
    let large = |number| {
        let mut event = event(number);
        event.description = Some("d".repeat(200_000));
        event
    };
    let all: Vec<Event> = (0..60).map(large).collect();
    for some in all.chunks(20) {
        insert(&store, some).await?;
    }
    let mut streamed = Vec::new();
    let each = Box::new(|chunk: Vec<Document>| {
        let bytes: usize = chunk.iter().map(|document| document.json.len()).sum();
        assert!(bytes <= 4 << 20, "a chunk of {bytes} bytes");
        streamed.extend(chunk);
        true
    });
    store.stream(&EVENTS, Filter::All(vec![]), each).await?;
    assert_eq!(streamed, all.iter().map(Document::of).collect::<Result<Vec<_>, _>>()?);
    Ok(())
}

/// Several collections come in the order they are named, whole, and a stop stops all of them.
pub async fn streams_of_many_come_in_order(store: Arc<dyn Store>) -> Law {
    insert(&store, &events()).await?;
    insert(&store, &[calendar(7)]).await?;
    let mut streamed = Vec::new();
    let each = Box::new(|collection: &'static Collection, chunk: Vec<Document>| {
        streamed.extend(chunk.iter().map(|document| (collection.name, document.id)));
        true
    });
    let all = || Filter::All(Vec::new());
    let third = Filter::eq("category", "third");
    store.stream_many(vec![(&CALENDARS, all()), (&CATEGORIES, all()), (&EVENTS, third)], each).await?;
    let mut expected = vec![("calendars", id(7))];
    expected.extend(events().iter().step_by(3).map(|event| ("events", event.id)));
    assert_eq!(streamed, expected);
    let mut given = 0;
    let stop = Box::new(|_: &'static Collection, chunk: Vec<Document>| {
        given += chunk.len();
        false
    });
    store.stream_many(vec![(&EVENTS, all()), (&CALENDARS, all())], stop).await?;
    assert!((1..1_500).contains(&given), "{given}");
    Ok(())
}
