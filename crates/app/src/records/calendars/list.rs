//! Listing calendars, and reading one.

use model::Id;
use model::collections::CALENDARS;
use model::documents::Calendar;
use store::{Filter, Query, TypedStore};

use crate::paging::{PageRequest, Paged};
use crate::records::access::{owner_filter, visible};
use crate::{App, AppError, Caller};

/// The caller's calendars by id; everybody's for an administrator, unless narrowed to one person.
pub async fn list(
    app: &App,
    caller: &Caller,
    user_id: Option<Id>,
    page: PageRequest,
) -> Result<Paged<Calendar>, AppError> {
    let query = Query::of(&CALENDARS, Filter::All(owner_filter(caller, user_id)));
    let (calendars, next) = app.store().list(page.apply(query)?).await?;
    Ok(Paged::new(calendars, next))
}

/// One calendar.
pub async fn get(app: &App, caller: &Caller, id: Id) -> Result<Calendar, AppError> {
    visible(app, caller, id).await
}
