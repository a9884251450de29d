//! Runs the application in tests: a clock, ids and randomness from a seed, faults, and the laws to check.
//!
//! [`ambient`] has what a run takes instead of the machine's clock and randomness; [`simulation`] drives the read path
//! with a provider model, actors and faults, all from one seed, and checks what must hold.

pub mod ambient;
pub mod random;
pub mod simulation;
