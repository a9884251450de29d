//! Looking at exports. Administrators see all that were asked for, and can end them; the file is for who asked. For anybody
//! else there are none.

use model::Id;
use model::collections::ADMIN_EXPORTS;
use model::documents::{AdminExport, ExportStatus};
use store::{Filter, Order, Query, TypedStore};

use super::create::only_admin;
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, Caller};

/// One page of exports, newest first, perhaps only those that are this far.
pub async fn list(
    app: &App,
    caller: &Caller,
    status: Option<ExportStatus>,
    page: PageRequest,
) -> Result<Paged<AdminExport>, AppError> {
    only_admin(caller)?;
    let filter = match status {
        Some(ExportStatus::Pending) => Filter::eq("status", "pending"),
        Some(ExportStatus::Completed) => Filter::eq("status", "completed"),
        Some(ExportStatus::Error) => Filter::eq("status", "error"),
        None => Filter::All(Vec::new()),
    };
    let query = Query::of(&ADMIN_EXPORTS, filter).sorted("created_at", Order::Descending);
    let (exports, next) = app.store().list(page.apply(query)?).await?;
    Ok(Paged::new(exports, next))
}

/// One export. An id is not a right: for who may see none it is like an id of nothing.
pub async fn get(app: &App, caller: &Caller, id: Id) -> Result<AdminExport, AppError> {
    let missing = AppError::NotFound { what: "export" };
    if !caller.is_admin() {
        return Err(missing);
    }
    app.store().read(id).await?.ok_or(missing)
}

/// One export of the caller's own: a file belongs to its maker.
pub(super) async fn own(app: &App, caller: &Caller, id: Id) -> Result<AdminExport, AppError> {
    let export = get(app, caller, id).await?;
    if export.admin_user_id == caller.user_id {
        return Ok(export);
    }
    Err(AppError::NotFound { what: "export" })
}
