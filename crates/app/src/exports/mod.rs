//! Exports for administrators: events and people as files.

mod file;
mod spec;

pub use ::exports::Format;
pub use file::{Exported, to_file};
pub use spec::ExportSpec;
