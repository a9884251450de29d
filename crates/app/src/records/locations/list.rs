//! Listing locations, and reading one.

use model::Id;
use model::collections::LOCATIONS;
use model::documents::Location;
use store::{Filter, Order, Query, TypedStore};

use crate::paging::{PageRequest, Paged};
use crate::records::access::{own_and_global, visible};
use crate::{App, AppError, Caller};

/// The caller's own locations and those for all, by name; everybody's for an administrator. Only those that are offered
/// (or only those that are not) when `is_active` says so.
pub async fn list(
    app: &App,
    caller: &Caller,
    is_active: Option<bool>,
    page: PageRequest,
) -> Result<Paged<Location>, AppError> {
    let mut filters = own_and_global(caller);
    filters.extend(is_active.map(|is_active| Filter::eq("is_active", is_active)));
    let query = Query::of(&LOCATIONS, Filter::All(filters)).sorted("name", Order::Ascending);
    let (items, next) = app.store().list(page.apply(query)?).await?;
    Ok(Paged::new(items, next))
}

/// One location.
pub async fn get(app: &App, caller: &Caller, id: Id) -> Result<Location, AppError> {
    visible(app, caller, id).await
}
