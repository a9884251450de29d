//! Events: listing a range, reading one, making, changing, deleting and recovering.

mod create;
mod delete;
mod fields;
mod get;
pub(crate) mod outlook;
mod patch;
mod peek;
mod range;
mod restore;
mod save;
mod scan;
mod series;
mod series_cache;
mod settle;
pub mod view;

pub use create::create;
pub use delete::delete;
pub use fields::{is_internal, writable};
pub use get::{EventView, get};
pub(super) use patch::exception_id;
pub use patch::patch;
pub use range::{EventPage, Expand, Filters, LONGEST_EXPANDED_DAYS, RangeQuery, range};
pub use restore::restore;
pub(crate) use series_cache::SeriesCache;
pub(super) use settle::make_series;

use model::Id;
use store::Filter;

/// This document at this revision.
fn same_revision(id: Id, revision: i64) -> Filter {
    Filter::eq("_id", id).and(Filter::eq("revision", revision))
}
