//! What to write, as data: one batch, all or nothing.

use model::Id;
use model::documents::Record;
use model::schema::Collection;

use crate::port::StoreError;
use crate::query::{Filter, Value};

/// A document as it crosses the port: its id, its revision, and its JSON in the field order of the declaration.
/// Instants in it are RFC 3339 in UTC, ids 24 hexadecimal digits; engines that have types of their own for these
/// translate by the declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its id.
    pub id: Id,
    /// Its revision.
    pub revision: i64,
    /// Its text.
    pub json: Box<str>,
}

impl Document {
    /// The document of a typed record.
    pub fn of<R: Record>(record: &R) -> Result<Self, StoreError> {
        let json = serde_json::to_string(record).map_err(|error| StoreError::Malformed {
            collection: R::COLLECTION.name,
            reason: error.to_string(),
        })?;
        Ok(Self { id: record.id(), revision: record.revision(), json: json.into() })
    }

    /// The typed record of this document.
    pub fn typed<R: Record>(&self) -> Result<R, StoreError> {
        serde_json::from_str(&self.json).map_err(|error| StoreError::Malformed {
            collection: R::COLLECTION.name,
            reason: format!("document {}: {error}", self.id),
        })
    }
}

/// One write of a batch.
#[derive(Debug, Clone)]
pub enum Write {
    /// Adds a document that is not there.
    Insert {
        /// Into which collection.
        collection: &'static Collection,
        /// The document.
        document: Document,
    },
    /// Replaces a document, if it still has the expected revision.
    Replace {
        /// In which collection.
        collection: &'static Collection,
        /// The new document; its id says which is replaced.
        document: Document,
        /// The revision it must have now.
        expected_revision: i64,
    },
    /// Writes a document as it is, held against nothing but what an engine needs to keep it and the unique indexes: for
    /// documents of another form than today's (migrations, and what a restore brings from elsewhere).
    ///
    /// Its text may lack fields that the declaration requires, or have them in another kind. It may lack `revision`, which
    /// is 0 then in the envelope. What is missing is found by id, by a listing of all in order of id, and by a stream; what
    /// other filters and orders make of it is the engine's own affair, until a migration has filled it in.
    Raw {
        /// In which collection.
        collection: &'static Collection,
        /// The document, with the revision that its text has.
        document: Document,
        /// `None`: it is new. Else the revision that the one in its place must have now, 0 for one without.
        expected_revision: Option<i64>,
    },
    /// Changes fields of the documents that match; each gets the next revision.
    Update {
        /// In which collection.
        collection: &'static Collection,
        /// Which documents.
        filter: Filter,
        /// Fields to set; `Null` takes the field away.
        set: Vec<(&'static str, Value)>,
        /// Whole-number fields to add to. The result never falls below zero for a field declared so.
        add: Vec<(&'static str, i64)>,
        /// Whether the whole batch fails when no document matches.
        must_match: bool,
    },
    /// Deletes the documents that match; none is no error.
    Delete {
        /// From which collection.
        collection: &'static Collection,
        /// Which documents.
        filter: Filter,
    },
    /// Nothing is written; the batch fails unless a document matches (for fences and preconditions).
    Require {
        /// In which collection.
        collection: &'static Collection,
        /// What must be there.
        filter: Filter,
    },
}

/// Writes that happen together or not at all, in this order.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The writes.
    pub writes: Vec<Write>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Adds a new record. It must have been touched.
    pub fn insert<R: Record>(&mut self, record: &R) -> Result<(), StoreError> {
        self.writes.push(Write::Insert { collection: R::COLLECTION, document: Document::of(record)? });
        Ok(())
    }

    /// Replaces a record that was read at `expected_revision`. It must have been touched since.
    pub fn replace<R: Record>(&mut self, record: &R, expected_revision: i64) -> Result<(), StoreError> {
        self.writes.push(Write::Replace {
            collection: R::COLLECTION,
            document: Document::of(record)?,
            expected_revision,
        });
        Ok(())
    }

    /// Deletes what matches.
    pub fn delete(&mut self, collection: &'static Collection, filter: Filter) {
        self.writes.push(Write::Delete { collection, filter });
    }

    /// Fails the batch unless something matches.
    pub fn require(&mut self, collection: &'static Collection, filter: Filter) {
        self.writes.push(Write::Require { collection, filter });
    }
}
