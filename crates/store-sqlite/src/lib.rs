//! The embedded store engine: one SQLite file, write-ahead log, every commit on disk before it is answered.
//!
//! [`layout`] derives one table a collection from the declarations: a real column for each indexed field, the document
//! as JSON text behind them. [`sql`] translates filters, [`read`] and [`write`](mod@write) run on one connection ([`branches`]
//! splits a listing, [`merge`] puts the parts together), [`readers`] and [`writer`] own the threads, [`file`](mod@file) and
//! [`open`] prepare the file, [`errors`] says what went wrong in words.
//!
//! [`SqliteReplacement`] makes a store anew beside the file and puts it in its place; [`gate`] keeps the two apart.
//!
//! Several processes of one machine may have the same file open; each commit is then one turn at SQLite's write lock.

mod branches;
mod errors;
mod file;
mod functions;
mod gate;
mod inspect;
mod integrity;
mod layout;
mod mend;
mod merge;
mod near;
mod open;
mod options;
mod order;
mod read;
mod readers;
mod replacement;
mod row;
mod schema;
mod sql;
mod store_impl;
mod stream;
mod write;
mod writer;

pub use options::SqliteOptions;
pub use replacement::SqliteReplacement;
pub use store_impl::SqliteStore;
