//! Indexes of a collection that has documents are made without waiting for every member, and it is told what takes long.

use std::sync::{Arc, Mutex};

use model::collections::CATEGORIES;
use model::schema::Collection;
use mongodb::bson::{Document, doc};
use store::StoreError;
use store_mongodb::{MongoOptions, MongoStore};

use crate::logged::Log;
use crate::scripted::{self, Answer, hello, primary};

static CATEGORIES_ONLY: &[&Collection] = &[&CATEGORIES];

/// Opens a store on a server that has the collection and none of its indexes; what came of it, what was asked, what was
/// logged.
async fn opened(reply: Document) -> (Result<(), StoreError>, Vec<Document>, String) {
    let asked: Arc<Mutex<Vec<Document>>> = Arc::default();
    let heard = asked.clone();
    let address = scripted::start(|me| {
        move |name, command| {
            let listed = |batch: Vec<Document>| {
                doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "callboard.x", "firstBatch": batch } }
            };
            Answer::Reply(match name {
                "hello" | "isMaster" | "ismaster" => hello(9, primary(me)),
                "listCollections" => listed(vec![doc! { "name": "categories", "options": {} }]),
                "listIndexes" => listed(vec![doc! { "key": { "_id": 1 }, "name": "_id_" }]),
                "createIndexes" => {
                    heard.lock().unwrap().push(command.clone());
                    reply.clone()
                }
                _ => doc! { "ok": 1, "version": "4.4.29" },
            })
        }
    });
    let log = Log::default();
    let guard = log.listen();
    let options = MongoOptions {
        collections: CATEGORIES_ONLY,
        ..MongoOptions::at(format!("mongodb://{address}/callboard?replicaSet=rs0"))
    };
    let outcome = MongoStore::open(options).await.map(|_| ());
    drop(guard);
    let asked = asked.lock().unwrap().clone();
    (outcome, asked, log.lines())
}

#[tokio::test]
async fn a_member_that_is_down_does_not_keep_indexes_from_being_made_and_it_is_told() {
    let (outcome, asked, logged) = opened(doc! { "ok": 1 }).await;
    outcome.expect("it opens");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].get_str("commitQuorum").expect("a quorum"), "majority");
    assert!(logged.contains("message=making indexes, which takes its time"), "{logged}");
    assert!(logged.contains("collection=\"categories\"") && logged.contains("type_1"), "{logged}");
}

#[tokio::test]
async fn an_index_that_cannot_be_made_is_named() {
    let reply = doc! { "ok": 0, "code": 85, "codeName": "IndexOptionsConflict", "errmsg": "no" };
    let (outcome, ..) = opened(reply).await;
    let Err(StoreError::Unusable { reason }) = outcome else { panic!("{outcome:?}") };
    for said in ["code 85", "type_1", "db.categories.getIndexes()", "dropIndex"] {
        assert!(reason.contains(said), "{said}: {reason}");
    }
}
