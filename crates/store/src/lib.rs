//! The store port: reads, and one atomic commit.
//!
//! Filters, sorts and writes are plain data that engines translate. No transaction stays open across the port: every
//! step of the product reads, decides, commits, so that a crash can only fall between commits.

pub mod cascade;
pub mod changes;
#[cfg(feature = "contract")]
pub mod contract;
pub mod fold;
pub mod globe;
pub mod layer;
pub mod patch;
pub mod port;
pub mod query;
pub mod replacement;
pub mod typed;
pub mod valid;
pub mod write;

pub use changes::{Change, Changes};
pub use layer::Layer;
pub use port::{BoxFuture, Capabilities, LayoutFinding, LayoutKind, Near, Page, Store, StoreError};
pub use query::{Cursor, Filter, Order, Query, Value};
pub use replacement::Replacement;
pub use typed::TypedStore;
pub use write::{Batch, Document, Write};
