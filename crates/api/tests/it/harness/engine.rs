//! The engine a world is on: the embedded one, and for tests that are named so MongoDB besides.

use std::cell::Cell;
use std::path::Path;

use mongodb_server::{Database, server};
use store::Store;
use store_mongodb::{MongoOptions, MongoStore};
use store_sqlite::{SqliteOptions, SqliteStore};

thread_local! {
    /// Whether worlds of this thread are on MongoDB. A test has a thread of its own.
    static IS_ON_MONGODB: Cell<bool> = const { Cell::new(false) };
}

/// A store, and what goes with it.
pub(crate) struct Engine {
    pub(crate) store: Box<dyn Store>,
    pub(crate) database: Option<Database>,
}

/// A fresh store, in this folder where it needs one.
pub(crate) async fn open(folder: &Path) -> Engine {
    if IS_ON_MONGODB.get() {
        let database = server().unwrap().database();
        let store = MongoStore::open(MongoOptions::at(database.store_uri())).await.unwrap();
        return Engine { store: Box::new(store), database: Some(database) };
    }
    let store = SqliteStore::open(SqliteOptions::at(folder.join("store.db"))).unwrap();
    Engine { store: Box::new(store), database: None }
}

/// Runs a test once more, its worlds on MongoDB.
pub(crate) fn on_mongodb(test: fn()) {
    IS_ON_MONGODB.set(true);
    test();
}

/// The tests of this file that run on MongoDB too.
#[macro_export]
macro_rules! also_on_mongodb {
    ($($test:ident),* $(,)?) => {
        mod mongodb {
            $(#[test] fn $test() { $crate::harness::engine::on_mongodb(super::$test) })*
        }
    };
}
