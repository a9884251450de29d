//! Files that are not a store, not this program's, damaged, or open to others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use model::collections::EVENTS;
use rusqlite::Connection;
use store::{Filter, StoreError};
use tempfile::TempDir;

use crate::documents::{open, pair, refusal};

/// A store with some documents, closed.
async fn filled(pairs: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path).expect("it opens");
    for number in 0..pairs {
        store.commit(pair(number)).await.expect("it writes");
    }
    (folder, path)
}

fn pragma(path: &Path, name: &str) -> i64 {
    let connection = Connection::open(path).expect("it opens");
    connection.pragma_query_value(None, name, |row| row.get(0)).expect("a number")
}

#[tokio::test]
async fn a_new_store_is_for_its_owner_alone_and_as_sqlite_likes_it() {
    let (_folder, path) = filled(3).await;
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    assert_eq!(pragma(&path, "page_size"), 16_384);
    assert_eq!(pragma(&path, "application_id"), 0x4342_5244);
    let connection = Connection::open(&path).expect("it opens");
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("a mode");
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_file_that_was_being_made_when_the_power_went_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    // Sectors of the first page without its beginning, and the journal that says that there was nothing before.
    fs::write(&path, [vec![0; 512], vec![7; 1_024]].concat()).expect("it writes");
    let mut journal = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7".to_vec();
    journal.extend([0, 0, 0, 512, 16_384_u32].into_iter().flat_map(u32::to_be_bytes));
    journal.resize(512, 0);
    fs::write(folder.path().join("store.db-journal"), journal).expect("it writes");
    let store = open(&path).expect("it opens");
    store.commit(pair(1)).await.expect("it writes");
}

#[tokio::test]
async fn missing_folders_are_made_for_the_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a/b/store.db");
    open(&path).expect("it opens");
    let mode = fs::metadata(folder.path().join("a")).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn a_file_that_others_may_read_is_closed_to_them() {
    let (_folder, path) = filled(1).await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let store = open(&path).expect("it opens");
    store.commit(pair(7)).await.expect("it writes");
    for suffix in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{suffix}", path.display()));
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o077, 0, "{suffix}");
    }
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let (_folder, path) = filled(1).await;
    Connection::open(&path).expect("it opens").pragma_update(None, "user_version", 999).expect("it writes");
    let before = fs::read(&path).expect("a file");
    let reason = refusal(&path);
    assert!(reason.contains("newer Callboard") && reason.contains("restore a backup"), "{reason}");
    assert_eq!(fs::read(&path).expect("a file"), before);
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("other.db");
    for make in ["CREATE TABLE mine (a)", "PRAGMA application_id = 42", "PRAGMA user_version = 3"] {
        let other = Connection::open(&path).expect("it opens");
        other.execute_batch(make).expect("it writes");
        drop(other);
        let before = fs::read(&path).expect("a file");
        let reason = refusal(&path);
        assert!(reason.contains("another program"), "{reason}");
        assert_eq!(fs::read(&path).expect("a file"), before);
    }
}

#[test]
fn what_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    for content in ["x", "Dear Ana,\nthe hall is booked.\n", "SQLite format 3"] {
        let path = folder.path().join("letter.txt");
        fs::write(&path, content.repeat(if content.len() > 20 { 400 } else { 1 })).expect("it writes");
        let before = fs::read(&path).expect("a file");
        assert!(refusal(&path).contains("no SQLite database"));
        assert_eq!(fs::read(&path).expect("a file"), before);
    }
    assert!(refusal(folder.path()).contains("is a folder"));
    let below_a_file = folder.path().join("letter.txt/store.db");
    assert!(refusal(&below_a_file).contains("Give the folder"), "{}", refusal(&below_a_file));
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    fs::write(&path, "").expect("it writes");
    open(&path).expect("it opens").commit(pair(1)).await.expect("it writes");
    assert_eq!(pragma(&path, "page_size"), 16_384);
}

#[test]
fn a_folder_that_may_not_be_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut closed = folder.path().to_owned();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).expect("it is ours");
    if fs::write(closed.join("probe"), "").is_ok() {
        // The administrator may write everywhere but here.
        closed = PathBuf::from("/proc");
    }
    let reason = refusal(&closed.join("store.db"));
    assert!(reason.contains("Give the folder to the user that runs Callboard"), "{reason}");
}

#[tokio::test]
async fn a_truncated_file_is_refused() {
    let (_folder, path) = filled(400).await;
    let whole = fs::read(&path).expect("a file");
    assert!(whole.len() > 20 * 16_384, "{}", whole.len());
    for keep in [50, 100, 16_384, 16_384 * 3, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..keep]).expect("it writes");
        let reason = refusal(&path);
        assert!(reason.contains("restore") && reason.contains("backup"), "{keep}: {reason}");
    }
    fs::write(&path, &whole).expect("it writes");
    assert_eq!(open(&path).expect("it is whole").count(&EVENTS, Filter::All(vec![])).await, Ok(400));
}

/// Nothing more is acknowledged into a file that a read found damaged.
#[tokio::test]
async fn damage_that_a_read_meets_ends_writing() {
    let (_folder, path) = filled(400).await;
    let store = open(&path).expect("it opens");
    let mut bytes = fs::read(&path).expect("a file");
    bytes.chunks_mut(16_384).skip(8).for_each(|page| page[..64].fill(0xff));
    fs::write(&path, bytes).expect("it writes");
    let read = store.stream(&EVENTS, Filter::All(vec![]), Box::new(|_| true)).await;
    assert!(matches!(read, Err(StoreError::Unreadable { .. })), "{read:?}");
    for outcome in [store.commit(pair(1_000)).await, store.check().await] {
        assert!(matches!(outcome, Err(StoreError::Unreadable { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn flipped_bits_are_found_or_harmless() {
    let (_folder, path) = filled(60).await;
    let whole = fs::read(&path).expect("a file");
    let (mut found, tried) = (0, 200);
    for flip in 0..tried {
        let mut damaged = whole.clone();
        damaged[flip * 7_919 % whole.len()] ^= 1 << (flip % 8);
        fs::write(&path, &damaged).expect("it writes");
        match open(&path) {
            Err(_) => found += 1,
            // Unused bytes, or a letter of a text: no read may panic or run for ever.
            Ok(store) => {
                let _ = store.count(&EVENTS, Filter::Contains(&["title"], "event".to_owned())).await;
                let _ = store.find(store::Query::of(&EVENTS, Filter::All(vec![]))).await;
            }
        }
    }
    assert!(found > 0, "no flip of {tried} was found");
}
