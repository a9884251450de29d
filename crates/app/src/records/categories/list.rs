//! Listing categories, and reading one.

use model::Id;
use model::documents::Category;

use crate::paging::{PageRequest, Paged};
use crate::records::access::visible;
use crate::{App, AppError, Caller, name_lists};

/// The caller's own categories and those for all, by name; everybody's for an administrator. Only those that are offered
/// (or only those that are not) when `is_active` says so.
pub async fn list(
    app: &App,
    caller: &Caller,
    is_active: Option<bool>,
    page: PageRequest,
) -> Result<Paged<Category>, AppError> {
    name_lists::list(app, caller, is_active, page).await
}

/// One category.
pub async fn get(app: &App, caller: &Caller, id: Id) -> Result<Category, AppError> {
    visible(app, caller, id).await
}
