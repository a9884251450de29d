//! The simulation in the test run: fixed seeds, replayed seeds, both engines.

mod simulation;
