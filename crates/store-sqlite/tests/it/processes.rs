//! Several processes of one machine with the same store.

use std::time::Duration;

use model::collections::EVENTS;
use rusqlite::Connection;
use store::{Filter, Store, StoreError};
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::child::Writing;
use crate::crashes::holds;
use crate::documents::{open, pair};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_at_once_and_see_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path).expect("it opens");
    let mut writing = Writing::start(&path, 10_000, 400, None);
    for number in 0..400 {
        store.commit(pair(number)).await.expect("it waits for its turn");
    }
    let theirs = tokio::task::spawn_blocking(move || (writing.rest(), writing.process.wait()));
    let (theirs, ended) = theirs.await.expect("it ended");
    assert!(ended.expect("it ended").success());
    assert_eq!(theirs.len(), 400);
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await, Ok(800), "this process sees the other's");
    drop(store);
    holds(&path, &theirs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_processes_make_one_store_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let mut all: Vec<_> = (0..4).map(|child| Writing::start(&path, child * 1_000, 40, None)).collect();
    let acknowledged: Vec<u32> = all.iter_mut().flat_map(Writing::rest).collect();
    for writing in &mut all {
        assert!(writing.process.wait().expect("it ended").success());
    }
    assert_eq!(acknowledged.len(), 160);
    holds(&path, &acknowledged).await;
}

#[tokio::test]
async fn a_store_that_another_process_keeps_locked_says_so_and_works_afterwards() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let options = SqliteOptions { busy_timeout: Duration::from_millis(50), ..SqliteOptions::at(&path) };
    let store = SqliteStore::open(options.clone()).expect("it opens");
    store.commit(pair(1)).await.expect("it writes");
    let other = Connection::open(&path).expect("it opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("it is free");
    for outcome in [store.commit(pair(2)).await, store.check().await] {
        let Err(StoreError::Unavailable { reason }) = outcome else { panic!("{outcome:?}") };
        assert!(reason.contains("another process") && reason.contains("try again"), "{reason}");
    }
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await, Ok(1), "reads go on");
    // Whoever only opens it, to look, need not wait for the writer.
    drop(SqliteStore::open(options.clone()).expect("it opens"));
    other.execute_batch("ROLLBACK").expect("it ends");
    store.commit(pair(2)).await.expect("it writes again");
    store.check().await.expect("it is well");
    drop((store, other));

    let other = Connection::open(&path).expect("it opens");
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").expect("it is free");
    let Err(StoreError::Unavailable { reason }) = SqliteStore::open(options) else { panic!("it was opened") };
    assert!(reason.contains("another process") && reason.contains("try again"), "{reason}");
}
