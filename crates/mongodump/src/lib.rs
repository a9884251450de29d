//! The files of MongoDB's database tools: the archive of `mongodump --archive`, with `--gzip` or without, and the
//! folder form. Both are read as streams of raw BSON documents, the archive is also written, so that `mongorestore`
//! takes what is written here and what `mongodump` made is read here.
//!
//! Only one document is in memory at a time. Files come from anywhere: every length is checked against a limit before
//! anything is read, every document against its own lengths and a greatest depth, every collection of an archive
//! against its checksum. The format is documented by the tools' source and by what they write (see the tests).

pub mod archive;
mod collection;
mod counted;
mod document;
mod dump;
mod error;
mod folder;
mod limits;

pub use collection::Collection;
pub use document::check as check_document;
pub use dump::{Dump, Form};
pub use error::DumpError;
pub use limits::Limits;
