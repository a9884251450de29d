//! The proxy does to a driver what it says: each act, and the road as a whole.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use mongodb_server::proxy::{Act, Plan, Proxy, Rates};
use mongodb_server::{Database, server};

struct Bench {
    proxy: Proxy,
    near: Collection<Document>,
    far: Collection<Document>,
    _database: Database,
}

/// A collection reached through a proxy (`far`) and without one (`near`). Retries are off: what is seen is what happened.
async fn bench(plan: Plan) -> Bench {
    let server = server().unwrap();
    let database = server.database();
    let proxy = Proxy::start(server.address().unwrap(), plan).unwrap();
    let mut options = ClientOptions::parse(database.uri_at(proxy.address())).await.unwrap();
    (options.retry_writes, options.retry_reads) = (Some(false), Some(false));
    options.server_selection_timeout = Some(Duration::from_secs(10));
    let far = Client::with_options(options).unwrap().database(database.name()).collection("notes");
    let near = Client::with_uri_str(database.uri()).await.unwrap();
    let near = near.database(database.name()).collection("notes");
    Bench { proxy, near, far, _database: database }
}

impl Bench {
    async fn insert(&self, number: i32) -> bool {
        self.far.insert_one(doc! {"_id": number}).await.is_ok()
    }

    async fn has(&self, number: i32) -> bool {
        self.near.find_one(doc! {"_id": number}).await.unwrap().is_some()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_cut_before_or_after_it_happened() {
    let bench = bench(Plan::quiet()).await;
    assert!(bench.insert(1).await);
    bench.proxy.plan().tell("insert", Act::Cut);
    assert!(!bench.insert(2).await && !bench.has(2).await, "cut: it never happened");
    bench.proxy.plan().tell("insert", Act::LoseAnswer);
    assert!(!bench.insert(3).await && bench.has(3).await, "its answer lost: it happened");
    bench.proxy.plan().tell("insert", Act::Delay(20));
    assert!(bench.insert(4).await && bench.has(4).await);
    for act in [Act::Cut, Act::LoseAnswer, Act::Delay(0)] {
        assert_eq!(bench.proxy.plan().played(act, "insert"), 1, "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_road_goes_on_where_it_was_and_a_closed_one_opens_again() {
    let bench = bench(Plan::quiet()).await;
    assert!(bench.insert(1).await);
    bench.proxy.hold();
    let far = bench.far.clone();
    let waiting = tokio::spawn(async move { far.insert_one(doc! {"_id": 2}).await.is_ok() });
    assert!(bench.near.insert_one(doc! {"_id": 3}).await.is_ok(), "the server itself goes on");
    assert!(!waiting.is_finished() && !bench.has(2).await);
    bench.proxy.open();
    assert!(waiting.await.unwrap() && bench.has(2).await);

    bench.proxy.close();
    assert!(!bench.insert(4).await && !bench.has(4).await);
    bench.proxy.open();
    assert!(bench.insert(5).await);
    bench.proxy.cut();
    // The driver may notice at the next command or before it.
    assert!(bench.insert(6).await || bench.insert(7).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seeded_road_loses_nothing_that_was_acknowledged() {
    let rates = Rates { cut: 150, lose_answer: 150, delay: 200 };
    let bench = bench(Plan::seeded(7, rates)).await;
    let mut acknowledged = Vec::new();
    for number in 0..40 {
        if bench.insert(number).await {
            acknowledged.push(number);
        }
    }
    for number in &acknowledged {
        assert!(bench.has(*number).await, "{number}");
    }
    let plan = bench.proxy.plan().clone();
    let lost = plan.played(Act::LoseAnswer, "insert");
    let stored = bench.near.count_documents(doc! {}).await.unwrap();
    assert_eq!(stored, u64::try_from(acknowledged.len()).unwrap() + lost);
    assert!(lost > 0 && plan.played(Act::Cut, "insert") > 0);
}
