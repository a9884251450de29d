//! The `callboard` binary from outside: real processes, real files, a simulated Outlook in the test's own process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stand outside test functions"
)]

mod commands;
mod configuration;
mod crash;
mod demo;
mod doctor;
mod documents;
mod exports;
mod first_light;
mod guard;
mod harness;
mod help;
mod keys;
mod people;
mod refusals;
mod secrets;
