//! No room left.

use std::path::Path;
use std::process::Command;

use model::collections::{CATEGORIES, EVENTS};
use store::{Filter, Store, StoreError, Write};
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::child::Writing;
use crate::crashes::{holds, ids};
use crate::documents::{id, open, pair};

#[tokio::test]
async fn a_full_store_says_so_reads_on_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let options = SqliteOptions { max_size_bytes: Some(3 << 20), ..SqliteOptions::at(&path) };
    let store = SqliteStore::open(options).expect("it opens");
    let mut written = 0;
    let error = loop {
        match store.commit(pair(written)).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("Free some space"), "{error}");
    assert!(written > 300, "{written}");
    let (events, categories) = (ids(&store, &EVENTS).await, ids(&store, &CATEGORIES).await);
    assert_eq!((events.len(), &events), (written as usize, &categories), "half a batch");

    // Room comes by deleting, without opening anew.
    let half = (0..written / 2).map(|number| id(number).into()).collect();
    let delete = Write::Delete { collection: &EVENTS, filter: Filter::In("_id", half) };
    store.commit(store::Batch { writes: vec![delete] }).await.expect("deleting works");
    store.commit(pair(1_000_000)).await.expect("there is room again");
}

#[tokio::test]
async fn one_large_batch_does_not_fail_the_small_ones_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let options = SqliteOptions { max_size_bytes: Some(2 << 20), ..SqliteOptions::at(&path) };
    let store = SqliteStore::open(options).expect("it opens");
    let mut large = store::Batch::new();
    for number in 1_000..9_000 {
        large.writes.extend(pair(number).writes);
    }
    let commits = (0..20).map(|number| store.commit(if number == 7 { large.clone() } else { pair(number) }));
    let outcomes = futures::future::join_all(commits).await;
    for (number, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.is_ok(), number != 7, "{number}: {outcome:?}");
    }
    assert_eq!(ids(&store, &EVENTS).await.len(), 19);
}

/// A real full disk: a small one in memory that only the other process sees. Needs the right to mount.
#[tokio::test]
async fn a_full_disk_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let mount = format!("mount -t tmpfs -o size=6m tmpfs '{}'", disk.display());
    let may_mount = Command::new("unshare")
        .args(["-rm", "sh", "-c", &mount])
        .status()
        .is_ok_and(|status| status.success());
    if !may_mount {
        println!("no right to mount a small disk here: the limit of the store stands for a full disk");
        return;
    }
    // Made anew in a world of its own, where the disk is mounted; what is on it is copied out at the end.
    let saved = folder.path().join("saved");
    let inner = disk.join("store.db");
    let shell = format!(
        "exec unshare -rm sh -c '{}; \"$0\" \"$@\"; cp -r \"{}\" \"{}\"' \"$0\" \"$@\"",
        mount.replace('\'', "\""),
        disk.display(),
        saved.display()
    );
    let mut writing = Writing::start(&inner, 0, 100_000, Some(&shell));
    let (mut acknowledged, mut said) = (Vec::new(), Vec::new());
    while let Some(line) = writing.next() {
        match line.parse::<u32>() {
            Ok(number) => acknowledged.push(number),
            Err(_) => said.push(line),
        }
    }
    writing.process.wait().expect("it ended");
    assert!(!acknowledged.is_empty());
    assert!(said.iter().any(|line| line.contains("Full")), "{said:?}");
    assert!(said.iter().any(|line| line.starts_with("read Ok")), "reads go on: {said:?}");
    let saved: &Path = &saved.join("store.db");
    holds(saved, &acknowledged).await;
    open(saved).expect("it opens").commit(pair(900_000)).await.expect("with room it writes again");
}
