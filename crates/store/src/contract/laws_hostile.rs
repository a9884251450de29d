//! Texts that mean something to a database mean nothing here.

use std::sync::Arc;

use model::collections::EVENTS;

use super::Law;
use super::fixtures::{event, insert, number, numbers};
use crate::port::Store;
use crate::query::{Filter, Order, Query};
use crate::write::Document;

const PIECES: [&str; 20] = [
    "'",
    "\"",
    "`",
    "\\",
    "\u{0}",
    "{\"$ne\":null}",
    "$where",
    "; DROP TABLE events; --",
    "' OR '1'='1",
    "%",
    "_",
    "*",
    "?1",
    ":x",
    "\r\n",
    "\u{202e}",
    "\u{feff}",
    "🎪",
    "e\u{301}",
    "x'41'",
];

/// A thousand odd texts, each another.
fn odd_texts() -> Vec<String> {
    let mut texts = Vec::new();
    for (position, first) in PIECES.iter().enumerate() {
        for second in PIECES {
            texts.push(format!("{first}{second}"));
            texts.push(format!("{position}{second}{first}x"));
            texts.push(format!("{second}z{first}{position}"));
        }
    }
    texts.sort_unstable();
    texts.dedup();
    texts.truncate(1_000);
    texts
}

/// A thousand odd texts are stored, found by equality, listed in the order of bytes and searched, each as itself.
pub async fn hostile_texts_are_only_texts(store: Arc<dyn Store>) -> Law {
    let texts = odd_texts();
    assert_eq!(texts.len(), 1_000);
    let mut events = Vec::new();
    for (number, text) in (0..).zip(&texts) {
        let mut event = event(number);
        event.category = Some(text.clone());
        event.internal_notes = Some(text.clone());
        event.staff_assigned = vec![text.clone()];
        events.push(event);
    }
    insert(&store, &events).await?;
    for (event, text) in events.iter().zip(&texts) {
        let expected = [number(event.id)];
        assert_eq!(store.get(&EVENTS, event.id).await?, Some(Document::of(event)?), "{text:?}");
        let found = numbers(&store, &EVENTS, Filter::eq("category", text.as_str())).await?;
        assert_eq!(found, expected, "{text:?}");
    }
    // Fields without an index are read through for each search: every seventh text there.
    for (event, text) in events.iter().zip(&texts).step_by(7) {
        for field in ["internal_notes", "staff_assigned"] {
            let found = numbers(&store, &EVENTS, Filter::eq(field, text.as_str())).await?;
            assert_eq!(found, [number(event.id)], "{field} {text:?}");
        }
    }
    for piece in PIECES {
        let folded = crate::fold::fold(piece);
        let holding = |text: &&String| crate::fold::contains_folded(text, &folded);
        let expected = texts.iter().filter(holding).count();
        let found = store.count(&EVENTS, Filter::Contains(&["internal_notes"], piece.to_owned())).await?;
        assert_eq!(usize::try_from(found), Ok(expected), "{piece:?}");
    }
    // In one list, where they may travel in another form.
    let odd = texts.iter().step_by(2).map(|text| text.as_str().into()).collect();
    assert_eq!(store.count(&EVENTS, Filter::In("category", odd)).await?, 500);
    let query = Query::of(&EVENTS, Filter::All(vec![])).sorted("category", Order::Ascending).limit(1_000);
    let listed: Vec<_> = store.find(query).await?.documents.iter().map(|document| document.id).collect();
    assert_eq!(listed, events.iter().map(|event| event.id).collect::<Vec<_>>());
    Ok(())
}
