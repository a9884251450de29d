//! Single writes: insert, replace, update, delete, require.

use std::sync::Arc;

use model::collections::{CATEGORIES, EVENTS};
use model::documents::{Category, Event, Record};

use super::Law;
use super::fixtures::{NONE, at, category, commit, event, id, insert, numbers, read};
use crate::port::{Store, StoreError};
use crate::query::{Filter, Query, Value};
use crate::write::{Batch, Document, Write};

/// A document is read as it was written, byte for byte, by its id and in a listing.
pub async fn what_was_inserted_is_read(store: Arc<dyn Store>) -> Law {
    let mut event = event(5);
    event.internal_notes = Some("Größe 38 — \"quoted\" \\ 日本 🎪 \u{0}".to_owned());
    event.staff_assigned = vec!["Ana".to_owned(), String::new()];
    event.budget_allocated = Some(1_234.5);
    insert(&store, &[event.clone()]).await?;

    let document = Document::of(&event)?;
    assert_eq!(store.get(&EVENTS, id(5)).await?, Some(document.clone()));
    assert_eq!(store.find(Query::of(&EVENTS, Filter::All(vec![]))).await?.documents, [document]);
    assert_eq!(read::<Event>(&store, 5).await?, Some(event));
    assert_eq!(store.get(&EVENTS, id(6)).await?, None);
    assert_eq!(store.get(&CATEGORIES, id(5)).await?, None, "ids are of one collection");
    store.check().await
}

/// A replacement happens only at the revision that its writer had read.
pub async fn replace_needs_the_revision_that_was_read(store: Arc<dyn Store>) -> Law {
    let mut changed = event(1);
    insert(&store, &[changed.clone()]).await?;
    changed.title = "moved".to_owned();
    changed.calendar_id = id(77);
    changed.start_time = at(-5);
    changed.derive();
    changed.touch(at(9));
    let mut batch = Batch::new();
    batch.replace(&changed, 1)?;
    store.commit(batch.clone()).await?;
    assert_eq!(read(&store, 1).await?, Some(changed.clone()));
    let moved = Filter::eq("calendar_id", id(77)).and(Filter::Lt("occupied_from", at(0).into()));
    assert_eq!(numbers(&store, &EVENTS, moved).await?, [1]);
    assert_eq!(numbers(&store, &EVENTS, Filter::eq("calendar_id", id(2))).await?, NONE);

    let mismatch = |number, found| {
        Err(StoreError::RevisionMismatch { collection: "events", id: id(number), expected: 1, found })
    };
    assert_eq!(store.commit(batch).await, mismatch(1, Some(2)), "the same replacement again");
    let mut absent = event(9);
    absent.touch(at(1));
    let mut batch = Batch::new();
    batch.replace(&absent, 1)?;
    assert_eq!(store.commit(batch).await, mismatch(9, None));
    assert_eq!(read(&store, 1).await?, Some(changed));
    Ok(())
}

/// An update sets, adds to and takes away fields of what matches, and raises each revision by one.
pub async fn update_sets_adds_and_takes_away(store: Arc<dyn Store>) -> Law {
    let mut first = category(1, Some(1), "Fair");
    first.description = Some("old".to_owned());
    first.usage_count = 3;
    let second = category(2, Some(1), "Concert");
    insert(&store, &[first.clone(), second.clone(), category(3, Some(2), "Fair")]).await?;
    let update = |filter, must_match| Write::Update {
        collection: &CATEGORIES,
        filter,
        set: vec![("color", "#00ff00".into()), ("description", Value::Null), ("updated_at", at(44).into())],
        add: vec![("usage_count", -2)],
        must_match,
    };
    commit(&store, update(Filter::eq("user_id", id(1)), true)).await?;
    for (mut expected, usage_count) in [(first, 1), (second, 0)] {
        expected.color = "#00ff00".to_owned();
        expected.description = None;
        expected.updated_at = at(44);
        expected.revision = 2;
        // Not below zero: the second was at zero already.
        expected.usage_count = usage_count;
        assert_eq!(store.get(&CATEGORIES, expected.id).await?, Some(Document::of(&expected)?));
    }
    assert_eq!(read::<Category>(&store, 3).await?.map(|other| other.revision), Some(1));

    let none = || Filter::eq("name", "No such");
    commit(&store, update(none(), false)).await?;
    let failed = Err(StoreError::ConditionFailed { collection: "categories" });
    assert_eq!(commit(&store, update(none(), true)).await, failed);
    Ok(())
}

/// An update of an undeclared field, the id, the revision, or with a value of another kind is refused.
pub async fn update_refuses_what_is_not_declared(store: Arc<dyn Store>) -> Law {
    insert(&store, &[category(1, None, "Fair")]).await?;
    let sets: [(&'static str, Value); 7] = [
        ("no_such_field", 1.into()),
        ("_id", id(2).into()),
        ("revision", 7.into()),
        ("name", 5.into()),
        ("usage_count", "5".into()),
        ("name", Value::Null),
        ("usage_count", Value::Float(f64::NAN)),
    ];
    let update = |set, add| Write::Update {
        collection: &CATEGORIES,
        filter: Filter::All(vec![]),
        set,
        add,
        must_match: false,
    };
    for set in sets {
        let outcome = commit(&store, update(vec![set.clone()], vec![])).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{set:?}: {outcome:?}");
    }
    for add in [("name", 1), ("no_such_field", 1), ("revision", 1)] {
        let outcome = commit(&store, update(vec![], vec![add])).await;
        assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{add:?}: {outcome:?}");
    }
    assert_eq!(read(&store, 1).await?, Some(category(1, None, "Fair")));
    Ok(())
}

/// A deletion takes what matches and nothing else; none is no error.
pub async fn delete_takes_what_matches(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1), event(2), event(3)]).await?;
    let delete = |filter| Write::Delete { collection: &EVENTS, filter };
    commit(&store, delete(Filter::eq("_id", id(9)))).await?;
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await?, 3);
    commit(&store, delete(Filter::In("_id", vec![id(1).into(), id(3).into()]))).await?;
    assert_eq!(numbers(&store, &EVENTS, Filter::All(vec![])).await?, [2]);
    commit(&store, delete(Filter::Any(vec![]))).await?;
    commit(&store, delete(Filter::All(vec![]))).await?;
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await?, 0);
    insert(&store, &[event(1)]).await
}

/// A batch with a condition that does not hold writes nothing.
pub async fn require_fences_a_batch(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1)]).await?;
    let failed = Err(StoreError::ConditionFailed { collection: "events" });
    for (number, title, outcome) in [(1, "event 1", Ok(())), (2, "other", failed)] {
        let mut batch = Batch::new();
        batch.insert(&category(number, None, title))?;
        batch.require(&EVENTS, Filter::eq("title", title));
        assert_eq!(store.commit(batch).await, outcome);
    }
    assert_eq!(numbers(&store, &CATEGORIES, Filter::All(vec![])).await?, [1]);
    Ok(())
}

/// Each of many conditions, one behind the other, is one of its own, and is about what stands before it in the batch.
pub async fn each_of_many_conditions_holds(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1), event(2)]).await?;
    insert(&store, &[category(1, None, "Fair")]).await?;
    let at_revision =
        |number, revision: i64| Filter::eq("_id", id(number)).and(Filter::eq("revision", revision));
    let later = |number| {
        let mut later = event(number);
        later.revision = 2;
        later
    };
    let places = 0..=6;
    for wrong in places {
        let revision = |place, revision| if place == wrong { revision + 7 } else { revision };
        let mut batch = Batch::new();
        batch.require(&EVENTS, at_revision(1, revision(0, 1)));
        batch.require(&EVENTS, at_revision(2, revision(1, 1)));
        batch.require(&CATEGORIES, at_revision(1, revision(2, 1)));
        batch.require(&EVENTS, Filter::eq("revision", revision(3, 1)));
        batch.replace(&later(2), 1)?;
        batch.require(&EVENTS, at_revision(1, revision(4, 1)));
        batch.require(&EVENTS, at_revision(2, revision(5, 2)));
        let collection = if wrong == 2 { CATEGORIES.name } else { EVENTS.name };
        let outcome = if wrong < 6 { Err(StoreError::ConditionFailed { collection }) } else { Ok(()) };
        assert_eq!(store.commit(batch).await, outcome, "{wrong}");
        let revised = numbers(&store, &EVENTS, Filter::eq("revision", 2)).await?;
        assert_eq!(revised, if wrong < 6 { Vec::new() } else { vec![2] }, "{wrong}");
        assert_eq!(
            numbers(&store, &EVENTS, Filter::eq("revision", 1)).await?.len(),
            if wrong < 6 { 2 } else { 1 }
        );
    }
    Ok(())
}

/// A document that was not touched, or not since it was read, is refused: its times and revision would be false.
pub async fn untouched_documents_are_refused(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1)]).await?;
    let mut raw = event(2);
    raw.revision = 0;
    let outcome = insert(&store, &[raw]).await;
    assert!(matches!(outcome, Err(StoreError::Malformed { .. })), "{outcome:?}");
    let mut batch = Batch::new();
    batch.replace(&event(1), 1)?;
    let outcome = store.commit(batch).await;
    assert!(matches!(outcome, Err(StoreError::Malformed { .. })), "{outcome:?}");

    let good = Document::of(&event(3))?;
    let other_id = Document { id: id(4), ..good.clone() };
    let other_revision = Document { revision: 5, ..good.clone() };
    let no_json = Document { json: "{".into(), ..good };
    for document in [other_id, other_revision, no_json] {
        let outcome = commit(&store, Write::Insert { collection: &EVENTS, document }).await;
        assert!(matches!(outcome, Err(StoreError::Malformed { .. })), "{outcome:?}");
    }
    assert_eq!(numbers(&store, &EVENTS, Filter::All(vec![])).await?, [1]);
    Ok(())
}
