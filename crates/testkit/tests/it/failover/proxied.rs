//! The laws through a proxy in front of the MongoDB server at hand: connections that are cut, commands that come late,
//! answers that get lost, also the answer to a commit.

use std::sync::Arc;
use std::time::Duration;

use model::documents::{Category, CategoryType, Record};
use model::{Clock, Id};
use mongodb_server::proxy::{Act, Plan, Proxy, Rates};
use mongodb_server::{Database, server};
use store::{Batch, Store, StoreError, TypedStore};
use store_mongodb::{MongoOptions, MongoStore};
use testkit::ambient::TestClock;

use super::commits::Commits;
use super::runs::Sync;

/// A broken connection costs the driver half a second, until it looks at the server again.
const RATES: Rates = Rates { cut: 10, lose_answer: 10, delay: 50 };

/// A store at the end of a road that can be disturbed.
struct Road {
    proxy: Proxy,
    store: Arc<dyn Store>,
    _database: Database,
}

async fn road() -> Road {
    let server = server().unwrap();
    let proxy = Proxy::start(server.address().unwrap(), Plan::quiet()).unwrap();
    let database = server.database();
    let mut options = MongoOptions::at(database.uri_at(proxy.address()));
    // A road that is held or closed is given up on soon, so that the test need not wait long.
    options.operation_timeout = Duration::from_secs(2);
    options.conflict_timeout = options.operation_timeout;
    options.server_selection_timeout = Duration::from_secs(1);
    let store = Arc::new(MongoStore::open(options).await.unwrap());
    Road { proxy, store, _database: database }
}

impl Road {
    fn play(&self, plan: Plan) {
        *self.proxy.plan() = plan;
    }

    /// The disturbance ends; what it was.
    fn calm(&self) -> Plan {
        std::mem::replace(&mut *self.proxy.plan(), Plan::quiet())
    }
}

fn category(number: u32) -> Category {
    let name = format!("category {number}");
    let id = Id::from_parts(number, *b"proxy", number);
    let mut category = Category::new(id, None, &name, "#000000", CategoryType::Internal);
    category.touch(TestClock::at("2027-03-20T08:00:00Z".parse().unwrap()).now());
    category
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_a_commit_is_true_whatever_gets_lost() {
    let road = road().await;
    let mut number = 0;
    for act in [Act::Cut, Act::LoseAnswer, Act::Delay(20)] {
        for command in ["insert", "commitTransaction"] {
            // Once; and so often that nobody who tries again gets through.
            for times in [1, 40] {
                number += 1;
                let category = category(number);
                let mut batch = Batch::new();
                batch.insert(&category).unwrap();
                (0..times).for_each(|_| road.proxy.plan().tell(command, act));
                let answer = road.store.commit(batch).await;
                let plan = road.calm();
                let stored: Option<Category> = road.store.read(category.id).await.unwrap();
                let told =
                    format!("{act:?} of {command}, {times} times: {answer:?}, stored: {}", stored.is_some());
                match answer {
                    Ok(()) => assert!(stored.is_some(), "{told}"),
                    Err(StoreError::Unavailable { .. }) => assert!(stored.is_none(), "{told}"),
                    Err(StoreError::OutcomeUnknown { .. }) => {
                        assert_eq!(command, "commitTransaction", "{told}")
                    }
                    Err(_) => panic!("{told}"),
                }
                let kind = if let Act::Delay(_) = act { Act::Delay(0) } else { act };
                assert!(plan.played(kind, command) > 0, "{told}: it was never played");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_of_commits_keeps_the_laws_through_faults_from_a_seed() {
    for seed in 1..=2 {
        let road = road().await;
        let commits = Commits::start(road.store.clone()).await;
        road.play(Plan::seeded(seed, RATES));
        commits.go_on(60).await;
        let plan = road.calm();
        let seen = commits.end().await;
        assert_eq!(seen.broken, Vec::<String>::new(), "seed {seed}: {seen:?}");
        assert!(plan.played_in_all() > 0, "seed {seed}: no fault was played");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_of_commits_goes_on_by_itself_after_the_road_was_cut_closed_and_held() {
    let road = road().await;
    let commits = Commits::start(road.store.clone()).await;
    commits.go_on(12).await;
    road.proxy.cut();
    commits.go_on(12).await;
    for disturb in [Proxy::close, Proxy::hold] {
        disturb(&road.proxy);
        assert!(commits.see_trouble().await, "nobody noticed");
        road.proxy.open();
        commits.go_on(12).await;
    }
    let seen = commits.end().await;
    assert_eq!(seen.broken, Vec::<String>::new(), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sync_comes_through_faults_from_a_seed_with_every_event_once() {
    let road = road().await;
    let sync = Sync::new(road.store.clone()).await;
    road.play(Plan::seeded(1, RATES));
    road.proxy.plan().tell("commitTransaction", Act::LoseAnswer);
    let failed = sync.clone().run().await;
    let plan = road.calm();
    assert_eq!(sync.broken().await, Vec::<String>::new(), "{failed} runs failed");
    assert!(plan.played(Act::LoseAnswer, "commitTransaction") > 0);
}
