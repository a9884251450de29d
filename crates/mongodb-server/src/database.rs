//! A database of its own for a test, dropped with it.

use std::time::Duration;

use mongodb::Client;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;

use crate::{Failure, blocking, uri};

/// A server ends the transaction of a killed client, which a drop waits for, after a minute and a half at the latest.
const LONGEST_DROP: Duration = Duration::from_secs(100);

/// How long an operation of a test's store may take.
const PATIENCE: Duration = Duration::from_secs(150);

/// A database nobody else uses. On a MongoDB server it is dropped when this is; on the stand-in it goes with the server's
/// folder.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
    is_on_stand_in: bool,
}

impl Database {
    pub(crate) fn new(server: &str, is_on_stand_in: bool) -> Self {
        let name = format!("test_{}", ObjectId::new().to_hex());
        Self { server: server.to_owned(), name, is_on_stand_in }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server with this database as its database. May have a password: not for messages.
    pub fn uri(&self) -> String {
        uri::with_database(&self.server, &self.name)
    }

    /// The same for a store, or for `CALLBOARD_STORE`, with more patience than usual: the server of tests may be slow, and
    /// a busy machine makes it slower.
    pub fn store_uri(&self) -> String {
        uri::with_option(&self.uri(), "timeoutMS", &PATIENCE.as_millis().to_string())
    }

    /// The documents of a collection as text, in the order of their ids.
    pub fn documents(&self, collection: &str) -> Result<Vec<String>, Failure> {
        let uri = self.uri();
        blocking(async {
            let collection = client(&uri).await?.database(&self.name).collection::<Document>(collection);
            let mut cursor = collection.find(doc! {}).sort(doc! {"_id": 1}).await.map_err(told)?;
            let mut documents = Vec::new();
            while cursor.advance().await.map_err(told)? {
                documents.push(cursor.deserialize_current().map_err(told)?.to_string());
            }
            Ok(documents)
        })?
    }

    /// The names of its collections.
    pub fn collections(&self) -> Result<Vec<String>, Failure> {
        let uri = self.uri();
        blocking(async {
            client(&uri).await?.database(&self.name).list_collection_names().await.map_err(told)
        })?
    }

    /// Takes an index away, and the validator of its collection, as somebody with other tools might.
    pub fn damage(&self, collection: &str, index: &str) -> Result<(), Failure> {
        let uri = self.uri();
        blocking(async {
            let database = client(&uri).await?.database(&self.name);
            for command in [
                doc! { "dropIndexes": collection, "index": index },
                doc! { "collMod": collection, "validator": {} },
            ] {
                database.run_command(command).await.map_err(told)?;
            }
            Ok(())
        })?
    }

    /// How its collections are kept, validators and indexes, as text.
    pub fn layout(&self) -> Result<Vec<String>, Failure> {
        let uri = self.uri();
        blocking(async {
            let database = client(&uri).await?.database(&self.name);
            let mut listed = database.list_collections().await.map_err(told)?;
            let mut layout = Vec::new();
            while listed.advance().await.map_err(told)? {
                let collection = listed.deserialize_current().map_err(told)?;
                layout.push(format!("{} {:?}", collection.name, collection.options));
                let command = doc! { "listIndexes": &collection.name };
                let indexes = database.run_command(command).await.map_err(told)?;
                let batch = indexes.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
                let batch = batch.map(Vec::as_slice).unwrap_or_default();
                layout.extend(batch.iter().map(|index| format!("{} {index}", collection.name)));
            }
            layout.sort();
            Ok(layout)
        })?
    }

    /// Writes down that a migration was applied, as a program that knows it would.
    pub fn know_migration(&self, number: i64) -> Result<(), Failure> {
        let now = mongodb::bson::DateTime::from_millis(1_795_000_000_000);
        let record = doc! {
            "_id": ObjectId::new(), "number": number, "name": "of another version", "checksum": "0".repeat(64),
            "created_at": now, "updated_at": now, "revision": 1_i64,
        };
        let uri = self.uri();
        blocking(async {
            let database = client(&uri).await?.database(&self.name);
            let insert = doc! { "insert": "schema_migrations", "documents": [record] };
            database.run_command(insert).await.map_err(told).map(|_| ())
        })?
    }

    /// Takes away what is written down about a migration, as if it had never been applied.
    pub fn forget_migration(&self, number: i64) -> Result<(), Failure> {
        let uri = self.uri();
        blocking(async {
            let database = client(&uri).await?.database(&self.name);
            let deletes = [doc! { "q": { "number": number }, "limit": 0 }];
            let delete = doc! { "delete": "schema_migrations", "deletes": deletes.to_vec() };
            database.run_command(delete).await.map_err(told).map(|_| ())
        })?
    }

    /// This database through another address that leads to the same server, say a proxy's.
    pub fn uri_at(&self, address: std::net::SocketAddr) -> String {
        uri::direct(&address.to_string(), &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // While a transaction of a killed client is open, the stand-in never ends a drop of what it wrote, and answers
        // nobody else meanwhile.
        if self.is_on_stand_in {
            return;
        }
        let (uri, name) = (self.uri(), &self.name);
        // What cannot be dropped in time goes with the server's folder, if it was started here.
        let _ = blocking(async {
            let dropped = async { client(&uri).await?.database(name).drop().await.map_err(told) };
            tokio::time::timeout(LONGEST_DROP, dropped).await
        });
    }
}

/// A client that gives up soon.
pub(crate) async fn client(uri: &str) -> Result<Client, Failure> {
    let mut options = ClientOptions::parse(uri).await.map_err(told)?;
    options.server_selection_timeout = Some(Duration::from_secs(3));
    options.connect_timeout = Some(Duration::from_secs(3));
    Client::with_options(options).map_err(told)
}

/// What the driver said, without the address, which may have a password.
pub(crate) fn told(error: mongodb::error::Error) -> Failure {
    Failure::new(format!("The MongoDB server did not do as asked: {}.", error.kind))
}
