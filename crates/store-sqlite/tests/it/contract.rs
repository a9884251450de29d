//! The engine keeps every law of the contract.

use store::contract::Opened;
use store_sqlite::{SqliteOptions, SqliteStore};

async fn open() -> Opened {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(SqliteOptions::at(folder.path().join("callboard.db"))).expect("it opens");
    Opened::keeping(store, folder)
}

store::contract_tests!(open);
