//! The server at hand, as it is found or started on this machine.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod ends;
mod lends;
mod own;
mod proxy;
mod replies;
