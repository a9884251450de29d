//! Locations: personal ones, and those for all.

mod create;
mod delete;
mod list;
mod near;
mod patch;

pub use create::create;
pub use delete::delete;
pub use list::{get, list};
pub use near::{NearLocation, near};
pub use patch::patch;

/// What may be written.
const WRITABLE: &[&str] = &[
    "name",
    "address",
    "coordinates",
    "capacity",
    "equipment_available",
    "setup_time_required",
    "notes",
    "is_active",
];
