//! The server engine: MongoDB 4.4 or newer, a replica set (of one node at least), by the official driver.
//!
//! Documents are stored as what the declaration says ([`bson_form`]); collections have strict validators and the
//! declared indexes. A batch is one transaction with majority writes; what the server's replies mean is decided in
//! [`verdict`], apart from the network, and held against recorded replies of a real server.

mod changes;
mod conditions;
mod connections;
mod engine;
mod filter;
mod inspect;
mod layout;
mod near;
mod open;
mod options;
mod order;
mod patience;
mod read;
mod store_impl;
mod stream;
mod transaction;
mod trust;
pub mod verdict;
mod write;

pub use connections::Connections;
pub use options::MongoOptions;
pub use store_impl::MongoStore;
