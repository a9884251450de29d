//! What one server writes, another hears of, in order, and nothing is left out while it listens.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::collections::{CATEGORIES, EVENTS};
use model::schema::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use store::{Change, Changes, Filter, Store};
use store_mongodb::{MongoOptions, MongoStore};
use tokio::time::timeout;

use crate::house::{House, category, insert, number};
use crate::logged::Log;
use crate::scripted::{self, Answer, hello, primary};

async fn next(changes: &mut Box<dyn Changes>) -> Change {
    timeout(Duration::from_secs(20), changes.next()).await.expect("a change is heard of")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_server_hears_what_was_written_in_order() {
    let house = House::new();
    let (here, there) = (house.open().await, house.open().await);
    assert!(there.capabilities().change_signal);
    let mut changes = there.changes().expect("a change signal");
    assert_eq!(next(&mut changes).await, Change::Anything, "it says when it has begun");
    for round in 0..3 {
        here.commit(insert(&category(round))).await.expect("it writes");
    }
    let of = |round| Change::Document { collection: CATEGORIES.name, id: number(round), owner: None };
    for round in 0..3 {
        assert_eq!(next(&mut changes).await, of(round));
    }
    // A call that is given up loses none.
    let given_up = timeout(Duration::from_millis(50), changes.next()).await;
    assert!(given_up.is_err(), "{given_up:?}");
    let mut batch = store::Batch::new();
    batch.delete(&CATEGORIES, Filter::eq("_id", number(1)));
    batch.delete(&EVENTS, Filter::eq("_id", number(9)));
    here.commit(batch).await.expect("it writes");
    assert_eq!(next(&mut changes).await, of(1));
}

static CATEGORIES_ONLY: &[&Collection] = &[&CATEGORIES];

/// A stream of the server's that breaks: told again from where it was, or, when the server has forgotten that, with a
/// word that anything may have changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_stream_goes_on_where_it_was_and_a_gap_is_told() {
    let script = Mutex::new(VecDeque::from([
        (Some("begin"), watched(&[], "a")),
        (None, more(&[1], "b")),
        (None, Answer::HangUp),
        (Some("of 1"), watched(&[2], "c")),
        (None, Answer::Reply(lost())),
        (Some("begin"), watched(&[], "d")),
        (None, more(&[3], "e")),
    ]));
    let server = scripted::start(|me| {
        move |name, command| match name {
            "hello" | "isMaster" | "ismaster" => Answer::Reply(hello(17, primary(me))),
            "aggregate" | "getMore" => {
                let Some((from, answer)) = script.lock().unwrap().pop_front() else { return Answer::Nothing };
                let resumes = command.get_array("pipeline").ok().map(|pipeline| {
                    let stage = pipeline[0].as_document().unwrap().get_document("$changeStream").unwrap();
                    let token =
                        ["resumeAfter", "startAfter"].iter().find_map(|word| stage.get_document(word).ok());
                    token.map_or("begin", |token| token.get_str("_data").unwrap()).to_owned()
                });
                assert_eq!(resumes.as_deref(), from, "{command}");
                answer
            }
            "listCollections" | "listIndexes" => {
                let none: [Document; 0] = [];
                Answer::Reply(
                    doc! { "ok": 1, "cursor": { "id": 0_i64, "ns": "callboard.x", "firstBatch": none } },
                )
            }
            _ => Answer::Reply(doc! { "ok": 1, "version": "7.0.0" }),
        }
    });
    let uri = format!("mongodb://{server}/callboard?replicaSet=rs0");
    let options = MongoOptions { collections: CATEGORIES_ONLY, ..MongoOptions::at(uri) };
    let store = MongoStore::open(options).await.expect("it opens");
    let mut changes = store.changes().expect("a change signal");
    let of =
        |round| Change::Document { collection: CATEGORIES.name, id: number(round), owner: Some(number(77)) };
    for expected in [Change::Anything, of(1), of(2), Change::Anything, of(3)] {
        assert_eq!(next(&mut changes).await, expected);
    }
}

/// An event that the server cannot give, too large for an answer or for a reason nobody knows, comes again wherever one goes
/// on before it: it is left out, with a word that anything may have changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_heard_is_left_out_and_the_gap_is_told() {
    for (code, name, most) in [(10_334, "BSONObjectTooLarge", 1), (8, "UnknownError", 5)] {
        let refusals = Arc::new(AtomicU32::new(0));
        let counted = refusals.clone();
        let store = listened(move |name_of_command, command| {
            if name_of_command == "getMore" {
                // From the end on everything is heard.
                if command.get_i64("getMore").expect("a cursor") == 8 {
                    return more(&[2], "d");
                }
                counted.fetch_add(1, Ordering::SeqCst);
                return Answer::Reply(doc! { "ok": 0, "code": code, "codeName": name, "errmsg": "no" });
            }
            let stage = command.get_array("pipeline").unwrap()[0].as_document().unwrap();
            let is_resumed = stage.get_document("$changeStream").unwrap().contains_key("resumeAfter");
            // The first is heard of; then from its place on nothing; from now on another cursor.
            let is_first = counted.load(Ordering::SeqCst) == 0;
            if is_resumed || is_first { watched(&[], "a") } else { watched_by(8, &[], "c") }
        })
        .await;
        let mut changes = store.changes().expect("a change signal");
        assert_eq!(next(&mut changes).await, Change::Anything);
        assert_eq!(next(&mut changes).await, Change::Anything, "{name}");
        assert!((1..=most).contains(&refusals.load(Ordering::SeqCst)), "{name}: {refusals:?}");
        let of = Change::Document { collection: CATEGORIES.name, id: number(2), owner: Some(number(77)) };
        assert_eq!(next(&mut changes).await, of, "{name}");
    }
}

#[tokio::test]
async fn an_outage_is_told_once_and_so_is_its_end() {
    let tries = AtomicU32::new(0);
    let store = listened(move |name, _| match (name, tries.fetch_add(1, Ordering::SeqCst)) {
        (_, 0..3) => Answer::Reply(doc! { "ok": 0, "code": 8, "codeName": "UnknownError", "errmsg": "no" }),
        ("aggregate", _) => watched(&[1], "a"),
        _ => Answer::Nothing,
    })
    .await;
    let log = Log::default();
    let guard = log.listen();
    let mut changes = store.changes().expect("a change signal");
    assert_eq!(next(&mut changes).await, Change::Anything);
    let of = Change::Document { collection: CATEGORIES.name, id: number(1), owner: Some(number(77)) };
    assert_eq!(next(&mut changes).await, of);
    drop(guard);
    let lines = log.lines();
    let said = |sentence: &str| lines.matches(sentence).count();
    assert_eq!(said("changes by other servers are not heard at present"), 1, "{lines}");
    assert_eq!(said("changes by other servers are heard again"), 1, "{lines}");
    assert!(lines.contains("code 8 of MongoDB"), "{lines}");
}

/// A store on a server that answers so when it is listened to.
async fn listened(answer: impl Fn(&str, &Document) -> Answer + Send + Sync + 'static) -> MongoStore {
    let server = scripted::start(|me| {
        move |name, command| match name {
            "hello" | "isMaster" | "ismaster" => Answer::Reply(hello(17, primary(me))),
            "aggregate" | "getMore" => answer(name, command),
            _ => Answer::Reply(doc! { "ok": 1, "version": "7.0.0" }),
        }
    });
    let uri = format!("mongodb://{server}/callboard?replicaSet=rs0");
    let options = MongoOptions { collections: CATEGORIES_ONLY, ..MongoOptions::at(uri) };
    MongoStore::open_as_it_is(options).await.expect("it opens")
}

fn events(of: &[u32]) -> Vec<Document> {
    let event = |of: &u32| {
        let id = ObjectId::from_bytes(number(*of).bytes());
        doc! {
            "_id": { "_data": format!("of {of}") }, "operationType": "insert", "ns": { "db": "callboard", "coll": "categories" },
            "documentKey": { "_id": id }, "fullDocument": { "user_id": ObjectId::from_bytes(number(77).bytes()) },
        }
    };
    of.iter().map(event).collect()
}

fn cursor(id: i64, batch: &str, of: &[u32], token: &str) -> Answer {
    let cursor = doc! {
        "id": id, "ns": "callboard.$cmd.aggregate", batch: events(of), "postBatchResumeToken": { "_data": token },
    };
    Answer::Reply(doc! { "ok": 1, "cursor": cursor })
}

fn watched(of: &[u32], token: &str) -> Answer {
    watched_by(7, of, token)
}

fn watched_by(id: i64, of: &[u32], token: &str) -> Answer {
    cursor(id, "firstBatch", of, token)
}

fn more(of: &[u32], token: &str) -> Answer {
    cursor(7, "nextBatch", of, token)
}

fn lost() -> Document {
    doc! { "ok": 0, "code": 286, "codeName": "ChangeStreamHistoryLost", "errmsg": "the resume point may no longer be in the oplog" }
}
