//! Tables that follow the declarations, and what they cannot follow.

use model::collections::{CATEGORIES, EVENTS, LOCATIONS};
use model::schema::{Collection, Key::Ascending, Kind, Origin, index, ours};
use rusqlite::Connection;
use store::{Filter, Store, StoreError};
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::documents::{id, open, pair};

/// `categories` as an earlier version may have declared them: fewer indexes, another order.
static EARLIER: Collection = Collection {
    name: "categories",
    doc: "Categories as they once were.",
    origin: Origin::Specification,
    fields: CATEGORIES.fields,
    indexes: &[index(&[Ascending("is_active")])],
    cluster: &["type"],
};

static LISTED: Collection = Collection {
    name: "listed",
    doc: "An index on a list.",
    origin: Origin::Ours,
    fields: &[
        ours("_id", Kind::Id, "Its id.").required(),
        ours("tags", Kind::List(&Kind::Bool, 10), "A list."),
        ours("revision", Kind::Int(1, i64::MAX), "Its revision.").required(),
    ],
    indexes: &[index(&[Ascending("tags")])],
    cluster: &[],
};

static LOOSE: Collection = Collection { name: "loose", indexes: &[], cluster: &["tags"], ..LISTED_AGAIN };

const LISTED_AGAIN: Collection = Collection {
    name: "again",
    doc: "A clustering by what may be missing.",
    origin: Origin::Ours,
    fields: &[
        ours("_id", Kind::Id, "Its id.").required(),
        ours("tags", Kind::Text(10), "May be missing."),
        ours("revision", Kind::Int(1, i64::MAX), "Its revision.").required(),
    ],
    indexes: &[],
    cluster: &[],
};

#[tokio::test]
async fn a_changed_declaration_makes_the_table_anew_with_its_documents() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    static THEN: [&Collection; 3] = [&EVENTS, &EARLIER, &LOCATIONS];
    let then = SqliteOptions { collections: &THEN, ..SqliteOptions::at(&path) };
    let store = SqliteStore::open(then).expect("it opens");
    for number in 0..20 {
        store.commit(pair(number)).await.expect("it writes");
    }
    let before = crate::crashes::ids(&store, &EARLIER).await;
    drop(store);
    for _ in 0..2 {
        let store = open(&path).expect("it opens");
        assert_eq!(crate::crashes::ids(&*store, &CATEGORIES).await, before);
        let outcome = store.commit(pair(3)).await;
        assert!(matches!(outcome, Err(StoreError::Duplicate { .. })), "{outcome:?}");
        assert_eq!(store.count(&CATEGORIES, Filter::eq("name", "category 7")).await, Ok(1));
    }
    let connection = Connection::open(&path).expect("it opens");
    let verdict: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it reads");
    assert_eq!(verdict, "ok");
}

/// A version that has the store open writes by the layout that it found: nobody makes the tables anew under it.
#[tokio::test]
async fn two_versions_are_never_at_one_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    static THEN: [&Collection; 3] = [&EVENTS, &EARLIER, &LOCATIONS];
    let then = || SqliteStore::open(SqliteOptions { collections: &THEN, ..SqliteOptions::at(&path) });
    let older = then().expect("it opens");
    older.commit(pair(1)).await.expect("it writes");
    let layout = || {
        let file = Connection::open(&path).expect("it opens");
        let all = "SELECT group_concat(statements) FROM layout";
        file.query_row::<String, _, _>(all, [], |row| row.get(0)).expect("it reads")
    };
    let before = layout();
    let Err(StoreError::Unavailable { reason }) = open(&path).map(|_| ()) else { panic!("it was opened") };
    assert!(reason.contains("another version") && reason.contains("nothing was changed"), "{reason}");
    assert_eq!(layout(), before);
    older.commit(pair(2)).await.expect("it goes on");
    drop(older);
    let newer = open(&path).expect("it opens");
    assert_ne!(layout(), before);
    assert!(then().is_err(), "nor the other way round");
    assert_eq!(newer.count(&CATEGORIES, Filter::eq("name", "category 2")).await, Ok(1));
}

#[test]
fn what_this_engine_cannot_index_is_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    static LISTS: [&Collection; 1] = [&LISTED];
    static LOOSES: [&Collection; 1] = [&LOOSE];
    for (collections, word) in [(&LISTS, "tags is a list"), (&LOOSES, "tags is not required")] {
        let path = folder.path().join("store.db");
        let Err(error) = SqliteStore::open(SqliteOptions { collections, ..SqliteOptions::at(&path) }) else {
            panic!("it was opened");
        };
        assert!(
            matches!(error, StoreError::Unsupported { .. }) && error.to_string().contains(word),
            "{error}"
        );
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn a_collection_that_is_not_kept_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder.path().join("store.db")).expect("it opens");
    let outcome = store.get(&LISTED, id(1)).await;
    assert!(matches!(outcome, Err(StoreError::Unsupported { .. })), "{outcome:?}");
}

#[tokio::test]
async fn what_others_changed_in_the_file_is_told_and_mended_when_asked() {
    use store::LayoutKind::{CollectionExtra, IndexDiffers, IndexExtra, IndexMissing};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path).expect("it opens");
    assert_eq!(store.inspect().await, Ok(Vec::new()));
    let others = Connection::open(&path).expect("it opens");
    others
        .execute_batch(
            "DROP INDEX \"events__outlook_event_id\"; DROP INDEX \"events__location\"; \
             CREATE INDEX \"events__location\" ON events (\"category\"); \
             CREATE INDEX \"mine\" ON events (\"category\"); CREATE TABLE notes (words TEXT)",
        )
        .expect("it changes");
    let mut found: Vec<_> =
        store.inspect().await.expect("it reads").into_iter().map(|one| (one.kind, one.name)).collect();
    found.sort();
    let expected = [
        (IndexMissing, "events__outlook_event_id"),
        (IndexDiffers, "events__location"),
        (IndexExtra, "mine"),
        (CollectionExtra, "notes"),
    ];
    assert_eq!(found, expected.map(|(kind, name)| (kind, name.to_owned())));
    store.mend().await.expect("it mends");
    let left: Vec<_> = store.inspect().await.expect("it reads").into_iter().map(|one| one.name).collect();
    assert_eq!(left, ["mine", "notes"], "what nobody declared is left alone");
}
