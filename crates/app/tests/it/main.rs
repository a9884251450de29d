//! Use cases on real stores: the model in memory and the embedded engine.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stand outside test functions and fail by panicking"
)]

mod exports;
mod house;
mod records;
