//! Tests of the HTTP edge over the whole application: a fresh store, a simulated sign-in, a clock that stands still.
//! Names beginning with `s` and a number stand for the rows of the security checklist.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod changes;
mod contract;
mod edge;
mod every_route;
mod exports;
mod harness;
mod limits;
mod matrix;
mod openapi;
mod operations;
mod records_events;
mod records_lists;
mod secrets;
mod sessions;
mod sign_in;
mod stream;
