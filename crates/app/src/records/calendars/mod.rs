//! Calendars: those read from Outlook, and those made here.

mod create;
mod delete;
mod list;
mod patch;

pub use create::create;
pub use delete::delete;
pub use list::{get, list};
pub use patch::patch;
