//! The `callboard` binary from outside: real processes, real files, a simulated Outlook in the test's own process.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests stand outside test functions"
)]

mod archive_crash;
mod backups;
mod bounds;
mod commands;
mod configuration;
mod crash;
mod demo;
mod doctor;
mod documents;
mod edge;
mod engines;
mod export_crash;
mod exports;
#[cfg(target_os = "linux")]
mod faulty_disk;
mod first_light;
mod full_disk;
mod guard;
mod harness;
mod help;
mod in_use;
mod keys;
mod kills;
mod kills_on_mongodb;
mod looks;
mod no_store;
mod people;
#[cfg(target_os = "linux")]
mod power_loss;
mod prepared;
mod refusals;
mod schedule;
mod secrets;
mod series;
mod walk;
