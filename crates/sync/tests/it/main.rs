//! Plans for pages of changes, by scenario and by law.

mod plan;
