//! A commit that ran out of time leaves nothing taken: the server is told that its transaction is over.

use std::sync::mpsc;
use std::time::Duration;

use model::collections::{CATEGORIES, EVENTS};
use mongodb::bson::{Bson, doc};
use store::{Batch, Filter, Store, StoreError, Write};
use store_mongodb::{MongoOptions, MongoStore};

use crate::house::category;
use crate::scripted::{self, Answer, hello, primary};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_is_given_up_ends_its_transaction() {
    let (told, heard) = mpsc::channel();
    let address = scripted::start(|me| {
        move |name, command| {
            let number = || command.get("txnNumber").cloned();
            match name {
                "hello" | "isMaster" | "ismaster" => return Answer::Reply(hello(21, primary(me))),
                "insert" => told.send(("insert", number())).unwrap(),
                // Of all the statements one is never answered.
                "update" | "findAndModify" | "delete" => return Answer::Nothing,
                "abortTransaction" => told.send(("abort", number())).unwrap(),
                _ => {}
            }
            Answer::Reply(doc! { "ok": 1, "n": 1, "version": "8.0.0" })
        }
    });
    let options = MongoOptions {
        operation_timeout: Duration::from_millis(400),
        conflict_timeout: Duration::from_millis(400),
        ..MongoOptions::at(format!("mongodb://{address}/callboard?replicaSet=rs0"))
    };
    let store = MongoStore::open_as_it_is(options).await.expect("it opens");
    let mut batch = Batch::new();
    batch.insert(&category(1)).expect("it is JSON");
    batch.writes.push(Write::Update {
        collection: &CATEGORIES,
        filter: Filter::eq("is_active", true),
        set: vec![("is_active", false.into())],
        add: vec![],
        must_match: false,
    });
    batch.delete(&EVENTS, Filter::eq("_id", crate::house::number(1)));
    let outcome = store.commit(batch).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable { .. })), "{outcome:?}");
    let next = || tokio::task::block_in_place(|| heard.recv_timeout(Duration::from_secs(20)));
    let number = Some(Bson::Int64(1));
    assert_eq!(next(), Ok(("insert", number.clone())));
    assert_eq!(next(), Ok(("abort", number)), "the server hears that it is over");
}
