//! The connected server: what every read and write goes through.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use model::schema::Collection;
use mongodb::bson::Document;
use mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use mongodb::{Client, Database};
use store::StoreError;

use crate::options::MongoOptions;
use crate::verdict::{Asked, Verdict, of_error, of_reply};

/// A connected server and the database of the store.
pub(crate) struct Engine {
    pub(crate) client: Client,
    pub(crate) database: Database,
    pub(crate) options: MongoOptions,
    /// Name and version, for people.
    pub(crate) server: String,
    /// Whether a read outside a transaction can be of one moment (5.0 and newer).
    pub(crate) has_snapshots: bool,
    /// Counts commits, so that those that collide wait for different times.
    pub(crate) turn: AtomicU64,
}

impl Engine {
    /// Documents of a collection as they are.
    pub(crate) fn raw(
        &self,
        collection: &'static Collection,
    ) -> Result<mongodb::Collection<RawDocumentBuf>, StoreError> {
        if self.options.collections.iter().any(|kept| kept.name == collection.name) {
            Ok(self.database.collection(collection.name))
        } else {
            Err(StoreError::Unsupported { reason: format!("the store keeps no {}", collection.name) })
        }
    }

    /// What comes of a read within its time.
    pub(crate) async fn bounded<T>(
        &self,
        asked: Asked,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        bounded(self.options.operation_timeout, asked, work).await
    }

    /// Runs a command outside transactions and gives its reply.
    pub(crate) async fn command(&self, asked: Asked, command: Document) -> Result<Document, StoreError> {
        command_of(&self.database, asked, command).await
    }
}

/// What comes of work within its time; nothing was written by then.
pub(crate) async fn bounded<T>(
    longest: Duration,
    asked: Asked,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(longest, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(StoreError::Unavailable {
            reason: format!(
                "cannot {}: MongoDB did not answer within {} seconds",
                asked.what,
                longest.as_secs_f64()
            ),
        }),
    }
}

/// Runs a command on a database and gives its reply.
pub(crate) async fn command_of(
    database: &Database,
    asked: Asked,
    command: Document,
) -> Result<Document, StoreError> {
    let reply = database.run_command(command).await.map_err(|error| read_error(asked, &error))?;
    match of_reply(asked, &reply) {
        Verdict::Done(_) => Ok(reply),
        verdict => Err(plain(verdict)),
    }
}

/// The port's error of a failed read.
pub(crate) fn read_error(asked: Asked, error: &mongodb::error::Error) -> StoreError {
    plain(of_error(asked, error))
}

/// The port's error where nothing is written, so that nothing is unknown or to be run again.
pub(crate) fn plain(verdict: Verdict) -> StoreError {
    match verdict {
        Verdict::Refused(error) => error,
        Verdict::Again(reason) | Verdict::Taken(reason) | Verdict::Unknown(reason) => {
            StoreError::Unavailable { reason }
        }
        Verdict::Done(_) => StoreError::Unavailable { reason: "MongoDB said neither yes nor no".to_owned() },
    }
}

/// A list of documents as BSON.
pub(crate) fn array(documents: Vec<RawDocumentBuf>) -> RawArrayBuf {
    let mut array = RawArrayBuf::new();
    for document in documents {
        array.push(document);
    }
    array
}

/// A query document as BSON bytes.
pub(crate) fn raw(document: &Document) -> Result<RawDocumentBuf, StoreError> {
    RawDocumentBuf::try_from(document).map_err(|_| StoreError::Unsupported {
        reason: "the filter has a text that BSON cannot have".to_owned(),
    })
}
