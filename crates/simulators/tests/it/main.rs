//! One binary for everything that needs more than one module of the simulators.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests stand outside test functions; they read CI and where the contracts are"
)]

mod contract;
mod control;
mod delta_laws;
mod determinism;
mod faults;
mod graph;
mod harness;
mod oauth;
mod replay;
mod samples;
