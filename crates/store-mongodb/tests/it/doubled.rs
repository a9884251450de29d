//! A double that a server tells of is believed where the write can make one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use model::collections::CATEGORIES;
use model::documents::Record;
use mongodb::bson::{Document, doc};
use store::{Batch, Filter, Store, StoreError, Value, Write};
use store_mongodb::{MongoOptions, MongoStore};

use crate::house::{category, number};
use crate::scripted::{self, Answer, hello, primary};

/// A store on a server that tells of a double in this index at the first so many updates, beside how many it was asked.
async fn store(doubles: u32, index: Document) -> (MongoStore, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let updates = asked.clone();
    let address = scripted::start(|me| {
        move |name, command| {
            Answer::Reply(match name {
                "hello" | "isMaster" | "ismaster" => hello(21, primary(me)),
                "update" if updates.fetch_add(1, Ordering::SeqCst) < doubles => {
                    let error =
                        doc! { "index": 0, "code": 11_000, "errmsg": "no", "keyPattern": index.clone() };
                    doc! { "ok": 1, "n": 0, "nModified": 0, "writeErrors": [error] }
                }
                "update" => {
                    let statements = command.get_array("updates").map_or(0, Vec::len);
                    doc! { "ok": 1, "n": i32::try_from(statements).expect("few") }
                }
                "find" => {
                    let none: [Document; 0] = [];
                    doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "callboard.categories", "firstBatch": none } }
                }
                _ => doc! { "ok": 1, "version": "8.0.0" },
            })
        }
    });
    let options = MongoOptions::at(format!("mongodb://{address}/callboard?replicaSet=rs0"));
    (MongoStore::open_as_it_is(options).await.expect("it opens"), asked)
}

fn name_and_user() -> Document {
    doc! { "name": 1, "user_id": 1 }
}

fn setting(set: Vec<(&'static str, Value)>) -> Batch {
    let filter = Filter::eq("_id", number(1));
    let mut batch = Batch::new();
    batch.writes.push(Write::Update { collection: &CATEGORIES, filter, set, add: vec![], must_match: true });
    batch
}

fn double(fields: &[&'static str]) -> Result<(), StoreError> {
    Err(StoreError::Duplicate { collection: "categories", fields: fields.to_vec() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_changes_no_key_is_tried_again() {
    let mut condition = Batch::new();
    condition.require(&CATEGORIES, Filter::eq("_id", number(1)));
    for batch in [condition, setting(vec![("is_active", false.into())])] {
        let (store, asked) = store(3, name_and_user()).await;
        assert_eq!(store.commit(batch).await, Ok(()));
        assert_eq!(asked.load(Ordering::SeqCst), 4);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_changes_the_key_is_told_of_the_double() {
    let (store, asked) = store(1, name_and_user()).await;
    let outcome = store.commit(setting(vec![("name", "Rehearsal".into())])).await;
    assert_eq!(outcome, double(&["name", "user_id"]));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// As by an index that somebody made by hand: what it is about is not known here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_not_declared_is_believed() {
    let (store, asked) = store(1, doc! { "theirs": 1 }).await;
    assert_eq!(store.commit(setting(vec![("is_active", false.into())])).await, double(&["_id"]));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// Before it is told of, it is looked for; a server that insists is believed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_of_a_whole_document_is_looked_for_once() {
    let mut changed = category(1);
    changed.revision = 2;
    assert_eq!(changed.id(), number(1));
    let mut batch = Batch::new();
    batch.replace(&changed, 1).expect("it is JSON");
    for (doubles, outcome) in [(1, Ok(())), (2, double(&["name", "user_id"]))] {
        let (store, asked) = store(doubles, name_and_user()).await;
        assert_eq!(store.commit(batch.clone()).await, outcome);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}
