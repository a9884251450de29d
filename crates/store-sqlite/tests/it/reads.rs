//! Short reads on the asking thread: bounded one by one, however often they are asked.

use model::collections::CATEGORIES;
use store::{Filter, Query, Store};
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::documents::pair;

/// More than the bound of one read has steps for, were the steps of all readings counted together.
const READINGS: usize = 8_000;

#[tokio::test]
async fn a_short_reading_may_be_repeated_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(SqliteOptions::at(folder.path().join("store.db"))).unwrap();
    let query = || Query::of(&CATEGORIES, Filter::All(Vec::new()));
    for _ in 0..READINGS {
        let pages = store.find_many(vec![query()]).await.unwrap();
        assert!(pages[0].documents.is_empty());
    }
    // No reading left its moment behind: what is written now is seen.
    store.commit(pair(1)).await.unwrap();
    for _ in 0..4 {
        assert_eq!(store.find_many(vec![query()]).await.unwrap()[0].documents.len(), 1);
    }
}
