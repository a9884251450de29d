//! The embedded engine from outside: it keeps every law of the contract, and what happens to its file.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod child;
mod contract;
mod crashes;
mod documents;
mod files;
mod full;
mod layouts;
mod moments;
mod processes;
mod reads;
mod replacement;
