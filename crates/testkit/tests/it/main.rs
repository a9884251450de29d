//! The simulation in the test run, and what several servers on one store do to each other.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod ahead;
mod doubts;
mod failover;
mod servers;
mod simulation;
