//! Pages of one moment are read again when the server says that they can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use model::collections::{CATEGORIES, LOCATIONS};
use mongodb::bson::{Document, doc};
use store::{Filter, Query, Store, StoreError};
use store_mongodb::{MongoOptions, MongoStore};

use crate::scripted::{self, Answer, hello, primary};

fn refusal(code: i32, name: &str, label: &str) -> Document {
    doc! { "ok": 0, "code": code, "codeName": name, "errmsg": "no", "errorLabels": [label] }
}

/// A store on a server that answers the n-th reading and the n-th end of one so.
async fn store(
    find: impl Fn(u32) -> Option<Answer> + Send + Sync + 'static,
    commit: impl Fn(u32) -> Option<Answer> + Send + Sync + 'static,
) -> MongoStore {
    let (finds, commits) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let address = scripted::start(|me| {
        move |name, command| match name {
            "hello" | "isMaster" | "ismaster" => Answer::Reply(hello(21, primary(me))),
            "find" if command.contains_key("startTransaction") => {
                find(finds.fetch_add(1, Ordering::SeqCst)).unwrap_or_else(nothing)
            }
            "find" => nothing(),
            "commitTransaction" => commit(commits.fetch_add(1, Ordering::SeqCst))
                .unwrap_or_else(|| Answer::Reply(doc! { "ok": 1 })),
            _ => Answer::Reply(doc! { "ok": 1, "version": "8.0.0" }),
        }
    });
    let options = MongoOptions {
        operation_timeout: Duration::from_secs(8),
        ..MongoOptions::at(format!("mongodb://{address}/callboard?replicaSet=rs0"))
    };
    MongoStore::open_as_it_is(options).await.expect("it opens")
}

fn nothing() -> Answer {
    let none: [Document; 0] = [];
    Answer::Reply(doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "callboard.x", "firstBatch": none } })
}

fn both() -> Vec<Query> {
    [&CATEGORIES, &LOCATIONS].map(|collection| Query::of(collection, Filter::All(Vec::new()))).to_vec()
}

const TRANSIENT: &str = "TransientTransactionError";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_one_moment_come_through_a_change_of_primary_and_a_broken_connection() {
    let find = |time| match time {
        0 => Some(Answer::Reply(refusal(189, "PrimarySteppedDown", TRANSIENT))),
        1 => Some(Answer::HangUp),
        2 => Some(Answer::Reply(refusal(112, "WriteConflict", TRANSIENT))),
        _ => None,
    };
    // The end of a reading that nobody heard of: nothing was written, so it is read again.
    let unheard = doc! { "ok": 1, "writeConcernError": { "code": 64, "codeName": "WriteConcernFailed", "errmsg": "no" } };
    let commit = move |time| (time == 0).then(|| Answer::Reply(unheard.clone()));
    let store = store(find, commit).await;
    let pages = store.find_many(both()).await.expect("the pages");
    assert!(pages.len() == 2 && pages.iter().all(|page| page.documents.is_empty()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_never_come_are_given_up_within_the_time_of_an_operation() {
    let find = |_| Some(Answer::Reply(refusal(189, "PrimarySteppedDown", TRANSIENT)));
    let outcome = store(find, |_| None).await.find_many(both()).await;
    let Err(StoreError::Unavailable { reason }) = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("PrimarySteppedDown") && reason.ends_with(" times"), "{reason}");
    // What is refused for good is refused at once.
    let refused = doc! { "ok": 0, "code": 13, "codeName": "Unauthorized", "errmsg": "no" };
    let find = move |time| (time == 0).then(|| Answer::Reply(refused.clone()));
    let outcome = store(find, |_| None).await.find_many(both()).await;
    assert!(matches!(outcome, Err(StoreError::Unusable { .. })), "{outcome:?}");
}
