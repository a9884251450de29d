//! Use cases on real stores: the model in memory, the embedded engine and MongoDB.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stand outside test functions and fail by panicking"
)]

mod archive;
mod backups;
mod careless;
mod cascades;
mod changes_listener;
mod doctor;
mod dumps;
mod dying;
mod explain;
mod exports;
mod forgetful;
mod house;
mod meddling;
mod migrations;
mod presence;
mod records;
