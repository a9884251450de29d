//! The port itself: what an engine can be asked, and how it can fail.

use std::future::Future;
use std::pin::Pin;

use model::Id;
use model::schema::Collection;

use crate::changes::Changes;
use crate::query::{Cursor, Filter, Query};
use crate::write::{Batch, Document};

/// A boxed future, so that an engine can stand behind `Arc<dyn Store>`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One page of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// A document and its distance.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The document.
    pub document: Document,
    /// Distance on the globe, in metres.
    pub distance_m: f64,
}

/// What an engine has beyond the port. Declared by it, asked by name, never by engine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It tells of writes made by other servers, by [`Store::changes`].
    pub change_signal: bool,
    /// It may be used by several servers at once.
    pub shared: bool,
}

/// Something in how an engine keeps a collection that is not as the declarations say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutFinding {
    /// In which collection.
    pub collection: String,
    /// What it is.
    pub kind: LayoutKind,
    /// The name of the index or table.
    pub name: String,
}

/// What can be wrong with how a collection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayoutKind {
    /// A declared index is not there.
    IndexMissing,
    /// An index is there under its name and has other keys or another uniqueness.
    IndexDiffers,
    /// An index is there that nothing declares.
    IndexExtra,
    /// The engine does not hold new documents against the declaration.
    ValidatorMissing,
    /// It holds them against something else.
    ValidatorDiffers,
    /// A collection or table is there that nothing declares.
    CollectionExtra,
}

/// How a store can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A write would break the uniqueness of an index.
    #[error("{collection}: another document has the same {}", fields.join(" and "))]
    Duplicate {
        /// In which collection.
        collection: &'static str,
        /// The keys of the index.
        fields: Vec<&'static str>,
    },
    /// A document to be replaced is not there at the expected revision.
    #[error("{collection}: document {id} was changed meanwhile (revision {expected} was expected)")]
    RevisionMismatch {
        /// In which collection.
        collection: &'static str,
        /// Which document.
        id: Id,
        /// The revision the writer had read.
        expected: i64,
        /// The revision it has; `None` when it is gone.
        found: Option<i64>,
    },
    /// A condition of the batch did not hold; nothing was written.
    #[error("{collection}: a condition of the write did not hold")]
    ConditionFailed {
        /// Of which collection.
        collection: &'static str,
    },
    /// A document cannot be read or written as declared.
    #[error("{collection}: {reason}")]
    Malformed {
        /// Of which collection.
        collection: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The query is not one the port promises (an unknown field, a range over one that is not indexed).
    #[error("this query is not supported: {reason}")]
    Unsupported {
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing was written and it may work later (busy, connection lost before the commit was sent).
    #[error("the store cannot be reached at present: {reason}")]
    Unavailable {
        /// What was attempted and what came back.
        reason: String,
    },
    /// A reading of one moment took longer than the engine keeps that; the sentence says how to have it kept for longer.
    #[error("{reason}")]
    MomentGone {
        /// What was attempted, and what to do.
        reason: String,
    },
    /// The answer to a commit was lost: it may have happened or not, and must be looked up.
    #[error("it is not known whether the commit happened: {reason}")]
    OutcomeUnknown {
        /// What came back.
        reason: String,
    },
    /// No space is left for writing; reads go on.
    #[error("the disk is full: {reason}. Free some space, then try again; nothing was half-written")]
    Full {
        /// What came back.
        reason: String,
    },
    /// The store is another program's, or not to be opened; the sentence says what to do.
    #[error("{reason}")]
    Unusable {
        /// What is wrong and what to do.
        reason: String,
    },
    /// What is there was a store, and cannot be read: it is damaged, or a newer program's. A restore can put it aside.
    #[error("{reason}")]
    Unreadable {
        /// What is wrong and what to do.
        reason: String,
    },
}

/// A store engine.
pub trait Store: Send + Sync {
    /// The engine's name and version, for `doctor` and logs.
    fn describe(&self) -> String;

    /// What it has beyond the port.
    fn capabilities(&self) -> Capabilities;

    /// The document with this id.
    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>>;

    /// One page of a listing.
    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>>;

    /// Several listings in one call, each answered as [`Store::find`] would, in the order of the queries. An engine
    /// that can answers all of them as of one moment.
    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>>;

    /// How many documents match.
    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Documents within `within_m` metres of a place, nearest first (ties by id). `field` has a sphere index.
    #[expect(clippy::too_many_arguments, reason = "each is one word of the question")]
    fn near<'a>(
        &'a self,
        collection: &'static Collection,
        field: &'static str,
        longitude: f64,
        latitude: f64,
        within_m: f64,
        filter: Filter,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Near>, StoreError>>;

    /// Every matching document by rising id, as of one moment, given to `each` in bounded chunks (memory stays flat).
    /// `each` returns false to stop.
    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Every matching document of these collections, in the order they are named, each by rising id and in bounded chunks.
    /// An engine that can gives all of them as of one moment; this one gives each as of a moment of its own, later ones as
    /// of later moments. `each` returns false to stop.
    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        mut each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut goes_on = true;
            for (collection, filter) in collections {
                let of_one = Box::new(|documents| {
                    goes_on = each(collection, documents);
                    goes_on
                });
                self.stream(collection, filter, of_one).await?;
                if !goes_on {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Writes all of the batch durably, or nothing of it.
    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Answers when the store can read and write; the error says why not.
    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Listens for what is written from now on, by this process and others. `None` for an engine without a change signal;
    /// for others each call is a listener of its own, which holds a connection until it is dropped.
    fn changes(&self) -> Option<Box<dyn Changes>> {
        None
    }

    /// What is not as declared in how the collections are kept: indexes, validators. Reads only the engine's own
    /// catalogue, never documents. An engine that keeps neither finds nothing.
    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Makes what [`Store::inspect`] finds missing or different as declared; what nobody declared is left alone. Takes its
    /// time where there is much.
    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async { Ok(()) })
    }
}
