//! Documents of another form than today's: kept as they are, found, and replaced by what a migration makes of them.

use std::sync::{Arc, Mutex, PoisonError};

use model::collections::{EVENTS, LOCATIONS, USERS};
use model::documents::{Event, Record};

use super::Law;
use super::fixtures::{all_of, commit, event, id, insert, numbers, read};
use crate::port::{Store, StoreError};
use crate::query::{Filter, Query};
use crate::write::{Batch, Document, Write};

/// An event with the fields of the specification alone: no revision, nothing derived.
fn plain(number: u32) -> Document {
    let json = format!(
        "{{\"_id\":\"{}\",\"user_id\":\"{}\",\"calendar_id\":\"{}\",\"title\":\"of old\",\
         \"start_time\":\"2026-01-05T09:00:00Z\",\"end_time\":\"2026-01-05T10:00:00Z\",\"all_day\":false,\
         \"sync_status\":\"not_synced\",\"last_modified_by\":null}}",
        id(number),
        id(1),
        id(2)
    );
    Document { id: id(number), revision: 0, json: json.into() }
}

fn raw(document: Document, expected_revision: Option<i64>) -> Write {
    Write::Raw { collection: &EVENTS, document, expected_revision }
}

/// A document of another form is kept byte for byte and found by id, in a listing of all and in a stream.
pub async fn a_raw_document_is_kept_as_it_is(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1), event(3)]).await?;
    commit(&store, raw(plain(2), None)).await?;
    assert_eq!(store.get(&EVENTS, id(2)).await?, Some(plain(2)));
    let all = Query::of(&EVENTS, Filter::All(vec![])).limit(2);
    let listed = all_of(&store, all).await?;
    assert_eq!(listed.len(), 3);
    assert!(listed.contains(&plain(2)), "{listed:?}");
    let streamed = Mutex::new(Vec::new());
    let each = |documents: Vec<Document>| {
        streamed.lock().unwrap_or_else(PoisonError::into_inner).extend(documents);
        true
    };
    store.stream(&EVENTS, Filter::All(vec![]), Box::new(each)).await?;
    assert_eq!(streamed.into_inner().unwrap_or_else(PoisonError::into_inner), listed);
    let place = "{\"_id\":\"000000040707070707000004\",\"name\":\"Hall\",\
                 \"coordinates\":{\"latitude\":52.5,\"longitude\":13.4}}";
    let hall = Document { id: id(4), revision: 0, json: place.into() };
    commit(&store, Write::Raw { collection: &LOCATIONS, document: hall.clone(), expected_revision: None })
        .await?;
    assert_eq!(store.get(&LOCATIONS, id(4)).await?, Some(hall), "the order of its place is its own");
    Ok(())
}

/// A migration takes a document from one form to the other and back; nobody's writing meanwhile is written over.
pub async fn a_raw_document_is_replaced_at_its_revision(store: Arc<dyn Store>) -> Law {
    commit(&store, raw(plain(2), None)).await?;
    let mut today = event(2);
    today.revision = 0;
    today.touch(super::fixtures::at(0));
    commit(&store, raw(Document::of(&today)?, Some(0))).await?;
    assert_eq!(read::<Event>(&store, 2).await?, Some(today.clone()));
    let mine = Filter::eq("user_id", id(1)).and(Filter::eq("span_class", today.span_class));
    assert_eq!(numbers(&store, &EVENTS, mine).await?, [2], "it is found like any other");

    let again = commit(&store, raw(plain(2), Some(0))).await;
    let mismatch =
        StoreError::RevisionMismatch { collection: "events", id: id(2), expected: 0, found: Some(1) };
    assert_eq!(again, Err(mismatch));
    let absent = commit(&store, raw(plain(9), Some(0))).await;
    assert!(
        matches!(absent, Err(StoreError::RevisionMismatch { found: None, .. })),
        "one that is not there: {absent:?}"
    );
    commit(&store, raw(plain(2), Some(1))).await?;
    assert_eq!(store.get(&EVENTS, id(2)).await?, Some(plain(2)), "and back");
    Ok(())
}

/// Raw writes are as atomic as others, keep unique what is unique, and do not lie about whose document it is.
pub async fn a_raw_write_breaks_no_other_law(store: Arc<dyn Store>) -> Law {
    commit(&store, raw(plain(2), None)).await?;
    let twice = commit(&store, raw(plain(2), None)).await;
    assert_eq!(twice, Err(StoreError::Duplicate { collection: "events", fields: vec!["_id"] }));
    let person = |number: u32| Document {
        id: id(number),
        revision: 0,
        json: format!(
            "{{\"_id\":\"{}\",\"outlook_user_id\":\"same\",\"email\":\"p{number}@example.org\"}}",
            id(number)
        )
        .into(),
    };
    let add = |number| Write::Raw { collection: &USERS, document: person(number), expected_revision: None };
    commit(&store, add(5)).await?;
    let mut batch = Batch::new();
    batch.writes.push(raw(plain(3), None));
    batch.writes.push(add(6));
    let outcome = store.commit(batch).await;
    assert_eq!(outcome, Err(StoreError::Duplicate { collection: "users", fields: vec!["outlook_user_id"] }));
    assert_eq!(store.get(&EVENTS, id(3)).await?, None, "all or nothing");
    for lie in [
        Document { id: id(7), ..plain(8) },
        Document { revision: 4, ..plain(7) },
        Document { revision: -1, ..plain(7) },
        Document { json: "[]".into(), ..plain(7) },
    ] {
        let outcome = commit(&store, raw(lie, None)).await;
        assert!(matches!(outcome, Err(StoreError::Malformed { .. })), "{outcome:?}");
    }
    store
        .commit(Batch {
            writes: vec![Write::Delete { collection: &EVENTS, filter: Filter::eq("_id", id(2)) }],
        })
        .await?;
    assert_eq!(store.get(&EVENTS, id(2)).await?, None);
    Ok(())
}

/// A store that this program made is as declared.
pub async fn a_fresh_store_is_as_declared(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1)]).await?;
    assert_eq!(store.inspect().await?, []);
    store.mend().await?;
    assert_eq!(store.inspect().await?, [], "there is nothing to mend");
    Ok(())
}
