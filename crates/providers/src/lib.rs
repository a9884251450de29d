//! The calendar providers behind one contract.
//!
//! `contract` says what is asked of any provider; each provider is a folder with the same file names inside, and its
//! wire types never leave that folder.

pub mod contract;
pub mod outlook;
mod plain_text;
