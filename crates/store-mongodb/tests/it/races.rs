//! What a batch requires stays so until its commit, whoever writes at the same time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::collections::CATEGORIES;
use model::documents::{Category, Record};
use mongodb::bson::{Document, doc};
use store::{Batch, Filter, Store, StoreError, Write};
use store_mongodb::MongoStore;

use crate::house::{House, category, insert, number};

/// Requires what the other takes away: whichever commits first, the other fails. Both passing is what reading alone
/// would let through.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_batches_that_take_each_others_ground_do_not_both_pass() {
    let house = House::new();
    let (here, there) = (house.open().await, house.open().await);
    for round in 0..40 {
        let (one, other) = (round * 2, round * 2 + 1);
        here.commit(insert(&category(one))).await.expect("it writes");
        here.commit(insert(&category(other))).await.expect("it writes");
        let taking = |required: u32, taken: u32| {
            let mut batch = Batch::new();
            batch
                .require(&CATEGORIES, Filter::eq("_id", number(required)).and(Filter::eq("is_active", true)));
            batch.writes.push(Write::Update {
                collection: &CATEGORIES,
                filter: Filter::eq("_id", number(taken)),
                set: vec![("is_active", false.into())],
                add: vec![],
                must_match: true,
            });
            batch
        };
        let outcomes = tokio::join!(here.commit(taking(one, other)), there.commit(taking(other, one)));
        let passed = [&outcomes.0, &outcomes.1].into_iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(passed, 1, "{outcomes:?}");
        let failed = if outcomes.0.is_ok() { outcomes.1 } else { outcomes.0 };
        assert_eq!(failed, Err(StoreError::ConditionFailed { collection: "categories" }));
    }
    // What was required is as it was, to the byte.
    let left = here.count(&CATEGORIES, Filter::eq("is_active", true)).await.expect("a count");
    assert_eq!(left, 40);
    assert_eq!(here.count(&CATEGORIES, Filter::eq("revision", 1)).await, Ok(40));
    assert_eq!(here.count(&CATEGORIES, Filter::eq("revision", 2)).await, Ok(40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_that_insert_one_key_one_is_told_of_the_double() {
    let house = House::new();
    let (here, there) = (house.open().await, house.open().await);
    for round in 0..20 {
        let mut twin = category(1_000 + round);
        twin.name = format!("c{round}");
        let (mine, theirs) = (insert(&category(round)), insert(&twin));
        let outcomes = tokio::join!(here.commit(mine), there.commit(theirs));
        let duplicate =
            Err(StoreError::Duplicate { collection: "categories", fields: vec!["name", "user_id"] });
        let one_each = (outcomes.0.is_ok() && outcomes.1 == duplicate)
            || (outcomes.1.is_ok() && outcomes.0 == duplicate);
        assert!(one_each, "{outcomes:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_thousands_is_one_and_a_missed_replacement_in_it_is_named() {
    let house = House::new();
    let store: Arc<dyn Store> = house.open().await;
    let mut batch = Batch::new();
    for of in 0..1_700 {
        batch.insert(&category(of)).expect("it is JSON");
    }
    store.commit(batch).await.expect("it writes");
    let mut batch = Batch::new();
    for of in 0..1_700 {
        let mut changed = category(of);
        changed.revision = 2;
        changed.usage_count = 7;
        // One of them was read at another revision.
        let expected = if of == 1_234 { 9 } else { 1 };
        changed.revision = expected + 1;
        batch.replace(&changed, expected).expect("it is JSON");
    }
    let outcome = store.commit(batch).await;
    let mismatch = StoreError::RevisionMismatch {
        collection: "categories",
        id: number(1_234),
        expected: 9,
        found: Some(1),
    };
    assert_eq!(outcome, Err(mismatch));
    assert_eq!(store.count(&CATEGORIES, Filter::eq("usage_count", 7)).await, Ok(0), "all or nothing");
}

/// As of a server that was killed in the midst of a commit: its transaction is still open.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_open_transaction_holds_is_waited_for_longer_than_an_operation() {
    let house = House::new();
    let store = house.open().await;
    let mut options = house.options();
    options.operation_timeout = Duration::from_secs(1);
    options.conflict_timeout = Duration::from_millis(1_500);
    let impatient = MongoStore::open(options.clone()).await.unwrap();
    options.conflict_timeout = Duration::from_secs(60);
    let patient = Arc::new(MongoStore::open(options).await.unwrap());
    store.commit(insert(&category(1))).await.unwrap();

    let bare = house.bare().await;
    let mut session = bare.client().start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    let categories = bare.collection::<Document>("categories");
    let change = doc! {"$set": {"name": "theirs"}};
    let held = categories.update_one(doc! {}, change).session(&mut session).await.unwrap();
    assert_eq!(held.modified_count, 1);

    let mut ours = category(1);
    ours.name = "ours".to_owned();
    ours.touch(Timestamp::UNIX_EPOCH);
    let mut batch = Batch::new();
    batch.replace(&ours, 1).unwrap();
    let refused = impatient.commit(batch.clone()).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable { .. }), "{refused:?}");
    let begun = tokio::time::Instant::now();
    let waiting = tokio::spawn(async move { patient.commit(batch).await });
    while begun.elapsed() < Duration::from_secs(3) {
        assert!(!waiting.is_finished(), "it waits");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    session.abort_transaction().await.unwrap();
    waiting.await.unwrap().unwrap();
    let there: Category = store.get(&CATEGORIES, ours.id).await.unwrap().unwrap().typed().unwrap();
    assert_eq!(there.name, "ours");
}
