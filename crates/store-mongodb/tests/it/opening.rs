//! What cannot be opened is said with what to do, and without a word of the address, which has a password.

use std::time::Duration;

use mongodb::bson::doc;
use store::StoreError;
use store_mongodb::{MongoOptions, MongoStore};

use crate::scripted::{self, Answer, hello, primary};

const PASSWORD: &str = "hunter2hunter2";

async fn refusal(uri: String) -> StoreError {
    let options = MongoOptions {
        server_selection_timeout: Duration::from_millis(300),
        operation_timeout: Duration::from_secs(2),
        ..MongoOptions::at(uri)
    };
    let shown = format!("{options:?}");
    assert!(!shown.contains(PASSWORD), "{shown}");
    MongoStore::open(options).await.err().expect("it is not opened")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_say_what_to_do_and_never_the_password() {
    for (uri, said) in [
        (format!("mongodb://u:{PASSWORD}@127.0.0.1:1"), "names no database"),
        (format!("mongodb://u:{PASSWORD}?x@127.0.0.1:1/callboard"), "%3F"),
        (format!("mongodb://u:{PASSWORD}@127.0.0.1:none/callboard"), "mongodb://host:27017/callboard"),
        (
            format!("mongodb://u:{PASSWORD}@127.0.0.1:1/callboard?w={PASSWORD}&journal=perhaps"),
            "mongodb://host",
        ),
        (
            format!("mongodb://u:{PASSWORD}@127.0.0.1:1/callboard?timeoutMS={PASSWORD}"),
            "between 1000 (a second)",
        ),
        (
            format!("mongodb://u:{PASSWORD}@a.example.org/callboard?tls=true&tlsInsecure=true"),
            "has tlsInsecure=true",
        ),
        (
            format!("mongodb://u:{PASSWORD}@127.0.0.1:1/callboard?timeoutMS=60000"),
            "no primary of the replica set",
        ),
        (format!("mongodb://u:{PASSWORD}@127.0.0.1:1/callboard"), "no primary of the replica set answers"),
    ] {
        let error = refusal(uri).await;
        assert!(matches!(error, StoreError::Unusable { .. } | StoreError::Unavailable { .. }), "{error:?}");
        let sentence = format!("{error} {error:?}");
        assert!(sentence.contains(said), "{said}: {sentence}");
        assert!(!sentence.contains(PASSWORD), "{sentence}");
    }
}

/// A server that greets so and has nothing else to say.
fn greeting(max_wire_version: i32, is_set: bool) -> std::net::SocketAddr {
    scripted::start(|me| {
        let more = if is_set {
            primary(me)
        } else {
            doc! {}
        };
        move |name, _| {
            Answer::Reply(match name {
                "hello" | "isMaster" | "ismaster" => hello(max_wire_version, more.clone()),
                "buildInfo" => doc! { "ok": 1, "version": "4.4.29" },
                _ => doc! { "ok": 1 },
            })
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_server_is_refused_with_the_command_that_makes_it_a_replica_set() {
    let address = greeting(9, false);
    let error = refusal(format!("mongodb://{address}/callboard")).await;
    let StoreError::Unusable { reason } = error else { panic!("{error:?}") };
    for said in ["without a replica set", "mongod --replSet rs0", "mongosh --eval 'rs.initiate()'"] {
        assert!(reason.contains(said), "{said}: {reason}");
    }
    // Looked for as a replica set it is not found; the sentence says the same then.
    let error = refusal(format!("mongodb://{address}/callboard?replicaSet=rs0")).await;
    assert!(error.to_string().contains("mongod --replSet rs0"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_before_4_4_is_refused() {
    for (max_wire_version, of) in [(6, "3.6"), (8, "4.2")] {
        let address = greeting(max_wire_version, true);
        for options in ["", "?replicaSet=rs0", "?directConnection=true"] {
            let error = refusal(format!("mongodb://{address}/callboard{options}")).await;
            let StoreError::Unusable { reason } = error else { panic!("{of} {options}: {error:?}") };
            assert!(reason.contains("older than 4.4"), "{of} {options}: {reason}");
        }
    }
}
