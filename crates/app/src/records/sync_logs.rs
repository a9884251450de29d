//! What sync runs did, newest first.

use model::collections::SYNC_LOGS;
use model::documents::{SyncLog, SyncLogStatus, SyncType};
use store::{Filter, Order, Query, TypedStore};

use super::access::owner_filter;
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, Caller};

/// The caller's sync logs; everybody's for an administrator. Narrowed to one status or type when these are given.
pub async fn list(
    app: &App,
    caller: &Caller,
    status: Option<SyncLogStatus>,
    sync_type: Option<SyncType>,
    page: PageRequest,
) -> Result<Paged<SyncLog>, AppError> {
    let mut filters = owner_filter(caller, None);
    filters.extend(status.map(|status| Filter::eq("status", word(status))));
    filters.extend(sync_type.map(|kind| Filter::eq("sync_type", type_word(kind))));
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
