//! Time, ids and randomness as parameters, so that every run can be replayed.

use jiff::Timestamp;

use crate::Id;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant, to the millisecond: what every engine can store.
    fn now(&self) -> Timestamp;
}

/// Makes new ids.
pub trait IdSource: Send + Sync {
    /// An id that was never given before.
    fn next(&self) -> Id;
}

/// Gives random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the buffer with bytes nobody can guess.
    fn fill(&self, buffer: &mut [u8]);
}

/// Cuts an instant to the millisecond, the precision of a MongoDB `Date`.
pub fn to_millisecond(instant: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant)
}
