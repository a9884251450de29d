//! Every query that the application asks in these tests is explained by the engine, once for each form: no engine may
//! look at all of a collection that can grow. (The declared indexes are held against each query besides, on every engine:
//! `store::contract::Watched`.)

use std::io::Write;
use std::sync::{Arc, Once};

use mongodb_server::Server;
use store::contract::Explain;
use store::{Filter, Query, Value};
use store_mongodb::MongoStore;
use store_sqlite::SqliteStore;

/// What an hourly look for begun deletions asks of people and of the few calendars each has: SQLite takes them by their
/// ids rather than sort what the index gives.
const HOURLY: &str = "deletion_requested_at";

/// By `EXPLAIN QUERY PLAN`. A table may be walked along an index in the order that was asked for: until the page is full.
pub(crate) fn by_sqlite(store: Arc<SqliteStore>) -> Explain {
    Box::new(move |query: Query| {
        let store = store.clone();
        Box::pin(async move {
            let name = query.collection.name;
            if matches!(query.filter, Filter::Exists(HOURLY, true)) {
                return None;
            }
            // What is for all among the few names of a house: seeding asks for it, and SQLite's index has no missing owners.
            if matches!(query.filter, Filter::Eq("user_id", Value::Null)) {
                return None;
            }
            let scan = format!("SCAN {name}");
            let in_order =
                query.sort.first().map(|(field, _)| format!("SCAN {name} USING INDEX {name}__{field}"));
            let steps = store.plan(query).await.unwrap();
            let is_walked = |step: &String| {
                step.starts_with(&scan)
                    && !in_order.as_ref().is_some_and(|in_order| step.starts_with(in_order))
            };
            steps.iter().any(is_walked).then(|| steps.join("; "))
        })
    })
}

/// By the server's `explain`, where the server is a MongoDB.
pub(crate) fn by_mongodb(server: &Server, store: &Arc<MongoStore>) -> Option<Explain> {
    static SAID: Once = Once::new();
    if server.is_stand_in() {
        // Not the macro: this line is to be seen whichever test is first.
        SAID.call_once(|| {
            let _ = writeln!(
                std::io::stderr(),
                "explain: not asked of the stand-in, whose planner is not MongoDB's; the declared indexes are held \
                 against every query instead, and the embedded engine explains the same ones"
            );
        });
        return None;
    }
    let store = store.clone();
    Some(Box::new(move |query: Query| {
        let store = store.clone();
        Box::pin(async move {
            let stages = store.plan(query).await.unwrap();
            let scans = stages.is_empty() || stages.iter().any(|stage| stage == "COLLSCAN");
            scans.then(|| stages.join(" "))
        })
    }))
}
