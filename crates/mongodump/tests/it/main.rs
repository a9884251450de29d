//! The dumps of MongoDB's tools read, our own written and read, and hostile ones refused.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "helpers of tests stand outside test functions; they read where the contracts are"
)]

mod hostile;
mod parts;
mod samples;
mod written;
