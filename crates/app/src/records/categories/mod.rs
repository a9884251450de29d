//! Categories: personal ones, and those for all.

mod create;
mod delete;
mod list;
mod patch;

pub use create::create;
pub use delete::delete;
pub use list::{get, list};
pub use patch::patch;

/// What may be written.
const WRITABLE: &[&str] = &["name", "color", "description", "is_active"];
