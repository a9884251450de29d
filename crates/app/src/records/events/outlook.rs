//! What of an event is Outlook's: there it is changed, deleted and recovered, as long as it is there.

use model::collections::SYNC_LINKS;
use model::documents::{Calendar, Event, SyncStatus};
use store::{Filter, TypedStore, Value};

use super::create::outlook_read_only;
use crate::{App, AppError};

/// Whether Outlook has the event, or the series it belongs to. What was deleted there and kept or brought back here is
/// ours alone, though its calendar is one of Outlook's: then nothing links it any more.
pub(super) async fn has(app: &App, event: &Event) -> Result<bool, AppError> {
    let calendar: Option<Calendar> = app.store().read(event.calendar_id).await?;
    if calendar.is_none_or(|calendar| calendar.outlook_calendar_id.is_none()) {
        return Ok(false);
    }
    let ids = [Some(event.id), event.recurrence_master_id].into_iter().flatten().map(Value::Id).collect();
    Ok(app.store().count(&SYNC_LINKS, Filter::In("event_id", ids)).await? > 0)
}

/// Refuses what would have to be written to Outlook.
pub(super) async fn refuse(app: &App, event: &Event) -> Result<(), AppError> {
    if has(app, event).await? {
        return Err(outlook_read_only("delete or recover the event in Outlook"));
    }
    Ok(())
}

/// Marks what Outlook had once and has no more. Its id stays, so that it is recognised if it comes back there.
pub(crate) fn kept_here(event: &mut Event) {
    event.sync_status = SyncStatus::NotSynced;
    event.sync_errors =
        vec!["Outlook does not have this event any more; it was kept here by choice.".to_owned()];
}
