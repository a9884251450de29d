//! A store made anew beside the present one, to take its place whole.

use std::path::PathBuf;
use std::sync::Arc;

use crate::port::{Store, StoreError};

/// A store made anew beside the present one, to take its place whole: nobody ever sees a half of it. While it is worked
/// on nobody can open the present one. Dropped before [`Replacement::keep`] it leaves everything as it was.
pub trait Replacement: Send {
    /// The present one, with nobody else at it; `None` when there is none. Whoever got it drops it before the swap.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be read; it can be put aside then.
    fn present(&self) -> Result<Option<Arc<dyn Store>>, StoreError>;

    /// The swap is to put the present one aside for good, and not to throw it away: it cannot be read, and somebody may want
    /// to look. Answers where it will be.
    fn put_present_aside(&mut self) -> Result<PathBuf, StoreError>;

    /// The new one while it is filled: empty, only to be written, and quick at that. What is committed need not be safe,
    /// and keys of unique indexes are only held against each other by [`Replacement::store`]. Whoever got it drops it before
    /// anything else is done here.
    fn to_fill(&mut self) -> Result<Arc<dyn Store>, StoreError>;

    /// The new one, whether it was filled or is empty, as any other store. Whoever got it drops it before the swap.
    ///
    /// # Errors
    /// `Duplicate` when two documents that were filled in have the same key.
    fn store(&self) -> Result<Arc<dyn Store>, StoreError>;

    /// Puts the new one in the place of the present one and opens it there. It is dropped before what follows.
    ///
    /// # Errors
    /// When that cannot be done; then the present one is still in its place.
    fn swap(&mut self) -> Result<Arc<dyn Store>, StoreError>;

    /// Ends it: the new one stays, and the one before is thrown away.
    fn keep(self: Box<Self>) -> Result<(), StoreError>;

    /// Takes it back: the one before is in its place again.
    fn undo(self: Box<Self>) -> Result<(), StoreError>;
}
