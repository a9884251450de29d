//! All or nothing, and one winner.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::join_all;
use model::collections::{CALENDARS, CATEGORIES, EVENTS};
use model::documents::{Category, Record};

use super::Law;
use super::fixtures::{NONE, at, calendar, category, event, id, insert, numbers, read};
use crate::port::{Store, StoreError};
use crate::query::Filter;
use crate::write::{Batch, Document, Write};

/// Whatever write of a batch fails, at whatever position: nothing of the batch is there.
pub async fn a_batch_is_all_or_nothing(store: Arc<dyn Store>) -> Law {
    insert(&store, &[category(1, None, "Fair"), category(2, None, "Concert")]).await?;
    insert(&store, &[event(1)]).await?;
    let mut renamed = category(2, None, "Gala");
    renamed.touch(at(1));
    let mut stale = category(1, None, "Stale");
    stale.revision = 8;
    let update = |filter, name: &str, must_match| Write::Update {
        collection: &CATEGORIES,
        filter,
        set: vec![("name", name.into())],
        add: vec![],
        must_match,
    };
    let good = [
        Write::Insert { collection: &CATEGORIES, document: Document::of(&category(3, None, "Dinner"))? },
        Write::Insert { collection: &CALENDARS, document: Document::of(&calendar(1))? },
        Write::Replace { collection: &CATEGORIES, document: Document::of(&renamed)?, expected_revision: 1 },
        update(Filter::eq("name", "Fair"), "Market", true),
        Write::Delete { collection: &EVENTS, filter: Filter::eq("_id", id(1)) },
    ];
    let bad = [
        Write::Insert { collection: &CALENDARS, document: Document::of(&calendar(1))? },
        Write::Insert { collection: &CATEGORIES, document: Document::of(&category(9, None, "Dinner"))? },
        Write::Replace { collection: &CATEGORIES, document: Document::of(&stale)?, expected_revision: 7 },
        update(Filter::eq("name", "No such"), "x", true),
        Write::Require { collection: &EVENTS, filter: Filter::eq("title", "No such") },
        Write::Require { collection: &EVENTS, filter: Filter::eq("no_such_field", "x") },
    ];
    let before = everything(&store).await?;
    for failing in &bad {
        for position in 0..=good.len() {
            let mut writes = good.to_vec();
            writes.insert(position, failing.clone());
            // The first two fail by what the good ones wrote: alone they are fine, and so are they before them, but
            // then the good ones fail.
            let outcome = store.commit(Batch { writes }).await;
            assert!(outcome.is_err(), "{failing:?} at {position}");
            assert_eq!(everything(&store).await?, before, "{failing:?} at {position}");
        }
    }
    store.commit(Batch { writes: good.to_vec() }).await?;
    assert_eq!(
        numbers(&store, &CATEGORIES, Filter::In("name", vec!["Gala".into(), "Market".into()])).await?,
        [1, 2]
    );
    assert_eq!(numbers(&store, &EVENTS, Filter::All(vec![])).await?, NONE);
    Ok(())
}

async fn everything(store: &Arc<dyn Store>) -> Result<Vec<Document>, StoreError> {
    let mut documents = Vec::new();
    for collection in [&CATEGORIES, &CALENDARS, &EVENTS] {
        documents
            .extend(store.find(crate::query::Query::of(collection, Filter::All(vec![]))).await?.documents);
    }
    Ok(documents)
}

/// A write of a batch works on what the writes before it left.
pub async fn writes_of_a_batch_see_each_other(store: Arc<dyn Store>) -> Law {
    let mut second = category(1, None, "Fair");
    second.touch(at(1));
    second.usage_count = 4;
    let mut batch = Batch::new();
    batch.insert(&category(1, None, "Fair"))?;
    batch.require(&CATEGORIES, Filter::eq("name", "Fair"));
    batch.replace(&second, 1)?;
    batch.writes.push(Write::Update {
        collection: &CATEGORIES,
        filter: Filter::eq("revision", 2),
        set: vec![("name", "Market".into())],
        add: vec![("usage_count", 3)],
        must_match: true,
    });
    batch.insert(&category(2, None, "Fair"))?;
    batch.delete(&CATEGORIES, Filter::eq("_id", id(2)));
    batch.insert(&category(3, None, "Fair"))?;
    store.commit(batch).await?;
    let market: Option<Category> = read(&store, 1).await?;
    assert_eq!(
        market.map(|market| (market.name, market.usage_count, market.revision)),
        Some(("Market".to_owned(), 7, 3))
    );
    assert_eq!(numbers(&store, &CATEGORIES, Filter::All(vec![])).await?, [1, 3]);
    Ok(())
}

/// Of many who replace the same revision at once exactly one wins; the others are told.
pub async fn one_of_many_replacements_wins(store: Arc<dyn Store>) -> Law {
    insert(&store, &[event(1)]).await?;
    for round in 1..=10 {
        let commits = (0..24).map(|writer| {
            let mut mine = event(1);
            mine.revision = round + 1;
            mine.title = format!("round {round} by {writer}");
            let mut batch = Batch::new();
            let prepared = batch.replace(&mine, round);
            let store = store.clone();
            async move {
                prepared?;
                store.commit(batch).await.map(|()| mine.title)
            }
        });
        let outcomes = join_all(commits).await;
        let winners: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1, "{outcomes:?}");
        for outcome in &outcomes {
            assert!(matches!(outcome, Ok(_) | Err(StoreError::RevisionMismatch { .. })), "{outcome:?}");
        }
        let stored: Option<model::documents::Event> = read(&store, 1).await?;
        assert_eq!(stored.as_ref().map(|event| &event.title), winners.first().copied());
    }
    Ok(())
}

/// Additions that happen at once are all counted.
pub async fn concurrent_additions_are_all_counted(store: Arc<dyn Store>) -> Law {
    insert(&store, &[category(1, None, "Fair")]).await?;
    let add = || Write::Update {
        collection: &CATEGORIES,
        filter: Filter::eq("_id", id(1)),
        set: vec![],
        add: vec![("usage_count", 1)],
        must_match: true,
    };
    let commits = (0..60).map(|_| store.commit(Batch { writes: vec![add()] }));
    for outcome in join_all(commits).await {
        outcome?;
    }
    let stored: Option<Category> = read(&store, 1).await?;
    assert_eq!(stored.map(|category| (category.usage_count, category.revision)), Some((60, 61)));
    Ok(())
}

/// A commit whose caller goes away is written whole or not at all, and the store goes on.
pub async fn an_abandoned_commit_is_whole_or_nothing(store: Arc<dyn Store>) -> Law {
    for number in 0..40 {
        let mut batch = Batch::new();
        batch.insert(&category(number, None, &format!("c{number}")))?;
        batch.insert(&event(number))?;
        let mut commit = store.commit(batch);
        // Polled once, so that it has begun, then dropped.
        let _ = (&mut commit).now_or_never();
        drop(commit);
    }
    insert(&store, &[category(100, None, "last")]).await?;
    let categories = numbers(&store, &CATEGORIES, Filter::Ne("name", "last".into())).await?;
    let events = numbers(&store, &EVENTS, Filter::All(vec![])).await?;
    assert_eq!(categories, events);
    Ok(())
}
