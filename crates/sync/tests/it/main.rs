//! Plans for pages of changes, by scenario and by law.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

mod here;
mod plan;
mod series;
mod together;
