//! One binary for everything that needs more than one module of the simulators.

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
