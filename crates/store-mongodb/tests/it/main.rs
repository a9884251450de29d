//! The server engine from outside: it keeps every law of the contract.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod building;
mod changes;
mod contract;
mod doubled;
mod house;
mod late;
mod layouts;
mod logged;
mod moments;
mod opening;
mod plans;
mod races;
mod replies;
mod retries;
mod scripted;
