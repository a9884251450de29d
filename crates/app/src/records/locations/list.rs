//! Listing locations, and reading one.

use model::Id;
use model::documents::Location;

use crate::paging::{PageRequest, Paged};
use crate::records::access::visible;
use crate::{App, AppError, Caller, name_lists};

/// The caller's own locations and those for all, by name; everybody's for an administrator. Only those that are offered
/// (or only those that are not) when `is_active` says so.
pub async fn list(
    app: &App,
    caller: &Caller,
    is_active: Option<bool>,
    page: PageRequest,
) -> Result<Paged<Location>, AppError> {
    name_lists::list(app, caller, is_active, page).await
}

/// One location.
pub async fn get(app: &App, caller: &Caller, id: Id) -> Result<Location, AppError> {
    visible(app, caller, id).await
}
