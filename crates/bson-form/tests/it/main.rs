//! Documents go to BSON and come back as they were.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod bounds;
mod documents;
mod lossless;
mod others;
