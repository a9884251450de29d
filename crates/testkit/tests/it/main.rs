//! The simulation in the test run, and what several servers on one store do to each other.

mod servers;
mod simulation;
