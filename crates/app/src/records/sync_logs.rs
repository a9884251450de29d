//! What sync runs did, newest first, and not for ever.

use jiff::SignedDuration;
use model::Id;
use model::collections::SYNC_LOGS;
use model::documents::{SyncLog, SyncLogStatus, SyncType};
use store::{Batch, Filter, Order, Query, TypedStore, Value};

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

/// Logs in one commit.
const BATCH: u32 = 500;

/// Deletes the logs of runs that began longer ago than logs are kept, in bounded commits. A mailbox that answers with an
/// error every five minutes would fill a store with them over the years. Answers how many went.
pub async fn tidy(app: &App) -> Result<u64, AppError> {
    let keep = SignedDuration::from_hours(24 * app.settings().sync_log_keep_days);
    let over = Filter::Lte("started_at", (app.now() - keep).into());
    let mut gone = 0;
    loop {
        let some = Query::of(&SYNC_LOGS, over.clone()).sorted("started_at", Order::Ascending).limit(BATCH);
        let found = app.store().find(some).await?.documents;
        if found.is_empty() {
            return Ok(gone);
        }
        gone += found.len() as u64;
        let mut batch = Batch::new();
        batch.delete(&SYNC_LOGS, Filter::In("_id", found.iter().map(|log| Value::Id(log.id)).collect()));
        app.store().commit(batch).await?;
    }
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
