//! The engine keeps every law of the contract, on a server process and in a database of its own.

use store::contract::Opened;
use store_mongodb::{MongoOptions, MongoStore};

async fn open() -> Opened {
    let database = mongodb_server::server().expect("a server").database();
    let store = MongoStore::open(MongoOptions::at(database.store_uri())).await.expect("it opens");
    Opened::keeping(store, database)
}

store::contract_tests!(open);
