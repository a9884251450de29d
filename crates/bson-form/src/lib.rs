//! A stored document as BSON and back, by its declaration: ids are ObjectIds, instants Dates, whole numbers 64-bit
//! integers, so that MongoDB compares and indexes them as what they are, and its tools show them so.
//!
//! Both ways lose nothing. What has no form of its own in BSON (a number with more digits, a name MongoDB refuses)
//! is kept as its JSON text in a binary value, and comes back byte for byte, but for line breaks and tabs between its
//! parts: a stored document is one line. Only the spelling of an instant, an id or a number in a field declared as one
//! may change: their value is kept, to the millisecond.

mod error;
mod extended;
mod layout;
mod members;
mod read;
mod write;

pub use error::FormError;
pub use layout::{index, index_name, metadata, metadata_without_validator, validator};
pub use read::to_json;
pub use write::{Members, to_bson};
