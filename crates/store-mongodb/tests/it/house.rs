//! A database of its own for a test, stores on it, and short words.

use std::sync::Arc;

use jiff::Timestamp;
use model::Id;
use model::documents::{Category, CategoryType, Record};
use mongodb::bson::{Document, doc};
use mongodb_server::Database;
use store::Batch;
use store_mongodb::{MongoOptions, MongoStore};

/// A database nobody else uses.
pub(crate) struct House {
    database: Database,
}

impl House {
    pub(crate) fn new() -> Self {
        Self { database: mongodb_server::server().expect("a server").database() }
    }

    pub(crate) fn options(&self) -> MongoOptions {
        MongoOptions::at(self.database.store_uri())
    }

    /// A store on it; each is as a server of its own.
    pub(crate) async fn open(&self) -> Arc<MongoStore> {
        Arc::new(MongoStore::open(self.options()).await.expect("it opens"))
    }

    /// The database itself, by the bare driver.
    pub(crate) async fn bare(&self) -> mongodb::Database {
        let client = mongodb::Client::with_uri_str(self.database.uri()).await.expect("a client");
        client.database(self.database.name())
    }
}

/// Runs a command by the bare driver.
pub(crate) async fn run(database: &mongodb::Database, command: Document) -> Document {
    database.run_command(command).await.expect("the command is done")
}

/// The indexes of a collection as the server lists them.
pub(crate) async fn indexes(database: &mongodb::Database, collection: &str) -> Vec<Document> {
    let reply = run(database, doc! { "listIndexes": collection }).await;
    let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    batch.expect("a list").iter().filter_map(|index| index.as_document().cloned()).collect()
}

/// The id with this number.
pub(crate) fn number(number: u32) -> Id {
    Id::from_parts(number, [7; 5], number)
}

/// A category for all, as touched once.
pub(crate) fn category(of: u32) -> Category {
    let mut category = Category::new(number(of), None, &format!("c{of}"), "#aa0000", CategoryType::Internal);
    category.touch(Timestamp::UNIX_EPOCH);
    category
}

/// A batch that inserts one record.
pub(crate) fn insert<R: Record>(record: &R) -> Batch {
    let mut batch = Batch::new();
    batch.insert(record).expect("it is JSON");
    batch
}
