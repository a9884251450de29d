//! Hearing of what was written, by whatever server: for caches and open browsers of a server that did not write it.

use model::Id;

use crate::port::BoxFuture;

/// Something that was written and is there for everybody to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A document was made, changed or deleted.
    Document {
        /// In which collection, by its name.
        collection: &'static str,
        /// Which.
        id: Id,
        /// Whose it is by its `user_id`, where the engine says so: of documents that were made or replaced.
        owner: Option<Id>,
    },
    /// Anything may have been written: listening has begun, or there was a gap.
    Anything,
}

/// Listens for changes of all collections, those written by this process included.
pub trait Changes: Send {
    /// The next change; waits for it. The first is [`Change::Anything`], said when listening has begun: what was read
    /// before may be old, what is written from then on is told. While the store cannot be reached, this waits; if it
    /// cannot go on where it stopped, it says [`Change::Anything`] again. A call can be dropped without losing one.
    fn next(&mut self) -> BoxFuture<'_, Change>;
}
