//! The read path under faults, from one seed: the provider, the person in Outlook, the person here, the clock and every
//! fault are drawn from it, on one thread, so that a failing seed replays exactly.
//!
//! A seed first draws which kinds of faults exist at all (about half of them; some seeds have none), then how often.
//! Faults come while the tape runs; then they stop and everything must come to rest. The laws are checked after each
//! run and at the end. Laws are named as in `docs/testing.md`.

mod actors;
mod audit_law;
mod draws;
mod dump;
mod here;
mod laws;
pub mod mutants;
pub mod outlook;
mod prompt;
pub mod repeat;
mod rest;
mod run;
mod run_laws;
mod store;
pub mod world;

pub use run::{Engine, Report, run_mutant, run_seed, run_seed_on};
