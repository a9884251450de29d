//! A store put in the place of another: whole or not at all, and never under somebody's hands.

use std::fs;
use std::path::{Path, PathBuf};

use model::collections::EVENTS;
use model::documents::Event;
use rusqlite::Connection;
use store::{Batch, Filter, Replacement, StoreError};
use store_sqlite::{SqliteOptions, SqliteReplacement};
use tempfile::TempDir;

use crate::documents::{event, open, pair};

async fn filled(pairs: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path).expect("it opens");
    for number in 0..pairs {
        store.commit(pair(number)).await.expect("it writes");
    }
    (folder, path)
}

async fn events(path: &Path) -> u64 {
    open(path).expect("it opens").count(&EVENTS, Filter::All(vec![])).await.expect("it counts")
}

fn begin(path: &Path) -> Result<Box<SqliteReplacement>, StoreError> {
    SqliteReplacement::begin(SqliteOptions::at(path)).map(Box::new)
}

async fn fill(replacement: &SqliteReplacement, pairs: u32) {
    let fresh = replacement.store().expect("a new store");
    for number in 0..pairs {
        fresh.commit(pair(number)).await.expect("it writes");
    }
}

/// A replacement whose new store has so many events, swapped.
async fn swapped(path: &Path, pairs: u32) -> Box<SqliteReplacement> {
    let mut replacement = begin(path).expect("nobody is inside");
    fill(&replacement, pairs).await;
    let store = replacement.swap().expect("it is swapped");
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await.expect("it counts"), u64::from(pairs));
    replacement
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_new_one_stays_or_the_one_before_comes_back() {
    let (folder, path) = filled(3).await;
    swapped(&path, 5).await.keep().expect("it is kept");
    assert_eq!(names(folder.path()), ["store.db", "store.db.lock"]);
    assert_eq!(events(&path).await, 5);
    swapped(&path, 7).await.undo().expect("it is undone");
    assert_eq!(events(&path).await, 5);
    drop(swapped(&path, 8).await);
    assert_eq!(events(&path).await, 5);
    // Given up before the swap.
    let replacement = begin(&path).expect("nobody is inside");
    replacement.store().expect("a new store").commit(pair(9)).await.expect("it writes");
    drop(replacement);
    assert_eq!(events(&path).await, 5);
    assert_eq!(names(folder.path()), ["store.db", "store.db.lock"]);
}

#[tokio::test]
async fn one_that_was_filled_is_as_any_other() {
    let (folder, path) = filled(1).await;
    let mut replacement = begin(&path).expect("nobody is inside");
    let filling = replacement.to_fill().expect("a new store");
    for number in 0..50 {
        filling.commit(pair(number)).await.expect("it writes");
    }
    let same_id = filling.commit(pair(7)).await;
    assert!(matches!(same_id, Err(StoreError::Duplicate { .. })), "{same_id:?}");
    // It is seen, whoever asks.
    for error in [replacement.store().map(|_| ()), replacement.swap().map(|_| ())] {
        let Err(StoreError::Unusable { reason }) = error else { panic!("it was taken: {error:?}") };
        assert!(reason.contains("being filled"), "{reason}");
    }
    drop(filling);
    let store = replacement.store().expect("the filled store");
    assert_eq!(store.inspect().await.expect("it reads"), []);
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await, Ok(50));
    drop(store);
    drop(replacement.swap().expect("it is swapped"));
    replacement.keep().expect("it is kept");
    assert_eq!(names(folder.path()), ["store.db", "store.db.lock"]);
    let store = open(&path).expect("it opens");
    assert_eq!(store.inspect().await.expect("it reads"), []);
    assert_eq!(store.count(&EVENTS, Filter::All(vec![])).await, Ok(50));
    let verdict: String = Connection::open(&path)
        .expect("it opens")
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("it reads");
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn two_documents_with_one_key_are_met_when_the_filling_ends() {
    let (_folder, path) = filled(1).await;
    let mut replacement = begin(&path).expect("nobody is inside");
    let filling = replacement.to_fill().expect("a new store");
    for number in 0..2 {
        let event = Event { outlook_event_id: Some("the same".to_owned()), ..event(number) };
        let mut batch = Batch::new();
        batch.insert(&event).expect("a document");
        filling.commit(batch).await.expect("it writes");
    }
    drop(filling);
    let error = replacement.store().map(|_| ()).expect_err("it is refused");
    assert_eq!(error, StoreError::Duplicate { collection: "events", fields: vec!["outlook_event_id"] });
    drop(replacement);
    assert_eq!(events(&path).await, 1);
}

#[tokio::test]
async fn where_nothing_was_nothing_is_left_when_it_is_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("deep/store.db");
    swapped(&path, 2).await.undo().expect("it is undone");
    assert!(!path.exists());
    swapped(&path, 2).await.keep().expect("it is kept");
    assert_eq!(events(&path).await, 2);
}

#[tokio::test]
async fn nobody_is_inside_while_it_is_replaced() {
    let (_folder, path) = filled(1).await;
    let store = open(&path).expect("it opens");
    let Err(StoreError::Unavailable { reason }) = begin(&path).map(|_| ()) else { panic!("it was begun") };
    assert!(reason.contains("in use"), "{reason}");
    drop(store);
    let replacement = begin(&path).expect("nobody is inside");
    let Err(StoreError::Unavailable { reason }) = open(&path).map(|_| ()) else { panic!("it was opened") };
    assert!(reason.contains("being replaced"), "{reason}");
    assert!(begin(&path).is_err());
    drop(replacement);
    assert_eq!(events(&path).await, 1);
}

#[tokio::test]
async fn a_store_that_is_still_written_is_not_swapped_in() {
    let (_folder, path) = filled(1).await;
    let mut replacement = begin(&path).expect("nobody is inside");
    let fresh = replacement.store().expect("a new store");
    assert!(replacement.swap().is_err());
    drop(fresh);
    drop(replacement);
    assert_eq!(events(&path).await, 1);
}

#[tokio::test]
async fn what_a_killed_one_left_is_taken_away() {
    let (folder, path) = filled(2).await;
    for name in ["restoring", "restoring-wal", "replaced", "replaced-wal"] {
        fs::write(folder.path().join(format!("store.db.{name}")), "left over").expect("it writes");
    }
    swapped(&path, 4).await.keep().expect("it is kept");
    assert_eq!(events(&path).await, 4);
    assert_eq!(names(folder.path()), ["store.db", "store.db.lock"]);
}

#[tokio::test]
async fn a_damaged_store_is_put_aside_and_replaced() {
    let (folder, path) = filled(2).await;
    fs::write(&path, "this is no store").expect("it writes");
    let replacement = begin(&path).expect("nobody is inside");
    assert!(matches!(replacement.present(), Err(StoreError::Unreadable { .. })));
    drop(replacement);
    for is_kept in [false, true] {
        let mut replacement = begin(&path).expect("nobody is inside");
        let place = replacement.put_present_aside().expect("there is room");
        assert_eq!(place, folder.path().join("store.db.damaged-1"));
        fill(&replacement, 4).await;
        drop(replacement.swap().expect("it is swapped"));
        assert_eq!(fs::read(&place).expect("a file"), b"this is no store");
        if is_kept {
            replacement.keep().expect("it is kept");
        } else {
            replacement.undo().expect("it is undone");
            assert!(fs::read(&path).expect("a file") == b"this is no store" && !place.exists());
        }
    }
    assert_eq!(events(&path).await, 4);
}

/// What could not be folded in is not taken for damage: nobody asked to put it aside.
#[tokio::test]
async fn what_cannot_be_read_is_not_thrown_away() {
    let (folder, path) = filled(2).await;
    fs::write(&path, "this is no store").expect("it writes");
    let mut replacement = begin(&path).expect("nobody is inside");
    fill(&replacement, 4).await;
    assert!(matches!(replacement.swap().map(|_| ()), Err(StoreError::Unreadable { .. })));
    drop(replacement);
    assert_eq!(fs::read(&path).expect("a file"), b"this is no store");
    assert_eq!(names(folder.path()), ["store.db", "store.db.lock"]);
}

#[tokio::test]
async fn the_present_one_is_read_with_nobody_else_inside() {
    let (_folder, path) = filled(3).await;
    let replacement = begin(&path).expect("nobody is inside");
    let present = replacement.present().expect("it opens").expect("it is there");
    assert_eq!(present.count(&EVENTS, Filter::All(vec![])).await, Ok(3));
    assert!(open(&path).is_err());
    drop(present);
    assert!(begin(&path.with_file_name("other.db")).expect("a place").present().expect("it looks").is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_a_store_stays_one() {
    let (folder, path) = filled(2).await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let store = open(&path).expect("it opens");
    assert!(begin(&link).is_err(), "somebody is inside");
    drop(store);
    swapped(&link, 4).await.keep().expect("it is kept");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
    assert_eq!((events(&path).await, events(&link).await), (4, 4));
}
