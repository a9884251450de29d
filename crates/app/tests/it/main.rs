//! Use cases on real stores: the model in memory and the embedded engine.

mod house;
mod records;
