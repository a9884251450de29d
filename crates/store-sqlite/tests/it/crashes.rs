//! A process that is killed while it writes.

use std::path::Path;

use model::collections::{CATEGORIES, EVENTS};
use model::schema::Collection;
use store::{Filter, Query, Store};

use crate::child::Writing;
use crate::documents::{id, open};

pub(crate) async fn ids(store: &dyn Store, collection: &'static Collection) -> Vec<model::Id> {
    let page =
        store.find(Query::of(collection, Filter::All(vec![])).limit(1_000_000)).await.expect("it reads");
    page.documents.iter().map(|document| document.id).collect()
}

/// Whatever was acknowledged is there; no batch is there by half.
pub(crate) async fn holds(path: &Path, acknowledged: &[u32]) {
    let store = open(path).expect("it opens again, and is whole");
    let events = ids(&*store, &EVENTS).await;
    assert_eq!(events, ids(&*store, &CATEGORIES).await, "half a batch");
    for number in acknowledged {
        assert!(events.contains(&id(*number)), "acknowledged batch {number} is lost");
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_acknowledged_and_halves_no_batch() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let mut acknowledged = Vec::new();
    for round in 0..6_u32 {
        let mut writing = Writing::start(&path, round * 100_000, 100_000, None);
        for _ in 0..=(round * 37) {
            let said = writing.next().expect("it writes until it is killed");
            acknowledged.push(said.parse().expect("a number"));
        }
        writing.process.kill().expect("it is killed");
        acknowledged.extend(writing.rest());
        writing.process.wait().expect("it ended");
        holds(&path, &acknowledged).await;
    }
    assert!(acknowledged.len() > 500, "{}", acknowledged.len());
}

/// The n-th write that makes a file grow fails, and all after it, for n over the making of a store and many commits; then
/// again in the recovery from that, a little later.
#[tokio::test]
async fn whichever_write_fails_nothing_acknowledged_is_lost_nor_halved() {
    let (mut failed, mut acknowledged_at_all) = (0, 0);
    for blocks in (8..9_000).step_by(600) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let mut acknowledged = Vec::new();
        for (round, blocks) in [(0, blocks), (1, blocks + 24)] {
            let shell = format!("trap '' XFSZ; ulimit -f {blocks}");
            let mut writing = Writing::start(&path, round * 10_000, 240, Some(&shell));
            let before = acknowledged.len();
            acknowledged.extend(writing.rest());
            let ended = writing.process.wait().expect("it ended");
            failed += u32::from(!ended.success() || acknowledged.len() - before < 240);
        }
        acknowledged_at_all += acknowledged.len();
        holds(&path, &acknowledged).await;
    }
    assert!(failed >= 12 && acknowledged_at_all > 500, "{failed} {acknowledged_at_all}");
}

#[tokio::test]
async fn after_a_failed_write_nothing_more_is_acknowledged_until_the_store_is_opened_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    drop(open(&path).expect("it is made"));
    // A limit of the size of files makes the system refuse a write: to SQLite an error of the disk.
    let mut writing = Writing::start(&path, 0, 100_000, Some("trap '' XFSZ; ulimit -f 4096"));
    let mut acknowledged = Vec::new();
    let mut said = Vec::new();
    while let Some(line) = writing.next() {
        match line.parse::<u32>() {
            Ok(number) => acknowledged.push(number),
            Err(_) => said.push(line),
        }
    }
    writing.process.wait().expect("it ended");
    let find = |word: &str| said.iter().find(|line| line.starts_with(word)).cloned().unwrap_or_default();
    assert!(!acknowledged.is_empty());
    assert!(!find("error").contains("Ok"), "{said:?}");
    assert!(find("again Err").contains("started again"), "{said:?}");
    assert!(find("check Err").contains("started again"), "{said:?}");
    assert!(find("read Ok").starts_with("read Ok"), "reads go on: {said:?}");
    holds(&path, &acknowledged).await;
    let store = open(&path).expect("it opens anew");
    store.commit(crate::documents::pair(900_000)).await.expect("it writes again");
}
