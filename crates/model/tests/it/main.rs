//! The declarations held against the specification, the typed documents and validation held against the declarations.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod declared;
mod documents;
mod list;
mod rules;
mod samples;
mod spec_text;
mod specification;
mod validation;
