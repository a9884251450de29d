//! The laws while servers are killed and paused: one node of one's own, and where there is a `mongod` three of them,
//! whose primary goes.

use std::sync::Arc;
use std::time::Duration;

use mongodb_server::replica_set::ReplicaSet;
use mongodb_server::{Database, Own, mongod};
use store::Store;
use store_mongodb::{MongoOptions, MongoStore};

use super::commits::{Commits, Memory};
use super::runs::Sync;

async fn open(database: &Database) -> Arc<dyn Store> {
    let mut options = MongoOptions::at(database.uri());
    // Longer than an election takes here, shorter than a test would wait for a node that is paused.
    options.operation_timeout = Duration::from_secs(5);
    options.conflict_timeout = options.operation_timeout;
    Arc::new(MongoStore::open(options).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_of_commits_outlives_its_only_node_killed_and_paused() {
    let own = Own::start().unwrap();
    let database = own.database();
    let memory = if own.is_stand_in() { Memory::Lost } else { Memory::Kept };
    let commits = Commits::start_with(open(&database).await, memory).await;
    for _ in 0..2 {
        commits.go_on(20).await;
        tokio::task::block_in_place(|| own.kill_and_start_again()).unwrap();
    }
    commits.go_on(20).await;
    own.process().pause().unwrap();
    assert!(commits.see_trouble().await, "nobody noticed");
    own.process().resume().unwrap();
    commits.go_on(20).await;
    let seen = commits.end().await;
    assert_eq!(seen.broken, Vec::<String>::new(), "{seen:?}");
    assert!(seen.troubles > 0, "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sync_comes_through_though_its_only_node_is_killed() {
    let own = Own::start().unwrap();
    let database = own.database();
    let sync = Sync::new(open(&database).await).await;
    let running = tokio::spawn(sync.clone().run());
    for pages in [3, 9] {
        sync.pages(pages).await;
        tokio::task::block_in_place(|| own.kill_and_start_again()).unwrap();
    }
    let failed = running.await.unwrap();
    assert_eq!(sync.broken().await, Vec::<String>::new(), "{failed} runs failed");
}

/// Three nodes, where that is possible; said in one line where not.
fn three_nodes() -> Option<ReplicaSet> {
    let Some(program) = mongod() else {
        let line = b"not run: fail-over of three nodes needs a mongod (on the path, or its path in CALLBOARD_MONGOD)\n";
        std::io::Write::write_all(&mut std::io::stderr(), line).unwrap();
        return None;
    };
    Some(ReplicaSet::start(&program, 3).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stream_of_commits_outlives_its_primary_killed_and_paused() {
    let Some(set) = three_nodes() else { return };
    let database = set.database();
    let commits = Commits::start(open(&database).await).await;
    commits.go_on(100).await;
    let killed = tokio::task::block_in_place(|| set.wait_for_primary()).unwrap();
    killed.process().kill().unwrap();
    // The two that are left elect one of them; writers go on by themselves.
    commits.go_on(200).await;
    killed.process().start_again().unwrap();
    let paused = tokio::task::block_in_place(|| set.wait_for_primary()).unwrap();
    paused.process().pause().unwrap();
    commits.go_on(200).await;
    paused.process().resume().unwrap();
    commits.go_on(200).await;
    let seen = commits.end().await;
    assert_eq!(seen.broken, Vec::<String>::new(), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sync_comes_through_though_its_primary_is_killed_and_paused() {
    let Some(set) = three_nodes() else { return };
    let database = set.database();
    let sync = Sync::new(open(&database).await).await;
    let running = tokio::spawn(sync.clone().run());
    sync.pages(4).await;
    let killed = tokio::task::block_in_place(|| set.wait_for_primary()).unwrap();
    killed.process().kill().unwrap();
    sync.pages(10).await;
    killed.process().start_again().unwrap();
    let paused = tokio::task::block_in_place(|| set.wait_for_primary()).unwrap();
    paused.process().pause().unwrap();
    sync.pages(16).await;
    paused.process().resume().unwrap();
    let failed = running.await.unwrap();
    assert_eq!(sync.broken().await, Vec::<String>::new(), "{failed} runs failed");
}
