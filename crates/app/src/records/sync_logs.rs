//! What sync runs did, newest first.

use model::Id;
use model::collections::SYNC_LOGS;
use model::documents::{SyncLog, SyncLogStatus, SyncType};
use store::{Filter, Order, Query, TypedStore};

use super::access::{owner_filter, visible};
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, Caller};

/// Which logs. What is absent narrows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogFilter {
    /// Of runs that ended so.
    pub status: Option<SyncLogStatus>,
    /// Of runs this way.
    pub sync_type: Option<SyncType>,
    /// Of runs of this calendar.
    pub calendar_id: Option<Id>,
}

/// One log of the caller's; an administrator's may be anybody's.
pub async fn get(app: &App, caller: &Caller, id: Id) -> Result<SyncLog, AppError> {
    visible(app, caller, id).await
}

/// The caller's sync logs; everybody's for an administrator.
pub async fn list(
    app: &App,
    caller: &Caller,
    of: LogFilter,
    page: PageRequest,
) -> Result<Paged<SyncLog>, AppError> {
    let mut filters = owner_filter(caller, None);
    filters.extend(of.status.map(|status| Filter::eq("status", word(status))));
    filters.extend(of.sync_type.map(|kind| Filter::eq("sync_type", type_word(kind))));
    filters.extend(of.calendar_id.map(|calendar| Filter::eq("calendar_id", calendar)));
    let query = Query::of(&SYNC_LOGS, Filter::All(filters)).sorted("started_at", Order::Descending);
    let (logs, next) = app.store().list(page.apply(query)?).await?;
    Ok(Paged::new(logs, next))
}

fn word(status: SyncLogStatus) -> &'static str {
    match status {
        SyncLogStatus::Success => "success",
        SyncLogStatus::Error => "error",
        SyncLogStatus::Partial => "partial",
    }
}

fn type_word(kind: SyncType) -> &'static str {
    match kind {
        SyncType::OutlookToLocal => "outlook_to_local",
        SyncType::LocalToOutlook => "local_to_outlook",
        SyncType::GoogleSync => "google_sync",
    }
}
