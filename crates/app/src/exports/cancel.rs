//! Cancelling an export: the record ends, and whoever writes the file stops and takes it away.

use model::Id;
use model::collections::ADMIN_EXPORTS;
use model::documents::{AdminExport, ExportStatus};
use store::{Batch, StoreError, Value, Write};

use super::create::tell;
use super::look::get;
use super::run::is_pending;
use crate::accounts::audit::Entry;
use crate::{App, AppError, Caller};

/// What stands in the record of a cancelled export.
const CANCELLED: &str = "It was cancelled. Ask for a new one if it is wanted after all.";

/// Cancels an export that waits or is being written. `export_over` when it has ended already.
pub async fn cancel(app: &App, caller: &Caller, id: Id) -> Result<AdminExport, AppError> {
    let export = get(app, caller, id).await?;
    if export.status != ExportStatus::Pending {
        return Err(over());
    }
    let at = app.now();
    let now = Value::Instant(at);
    let mut batch = Batch::new();
    batch.writes.push(Write::Update {
        collection: &ADMIN_EXPORTS,
        filter: is_pending(id),
        set: vec![
            ("status", "error".into()),
            ("error_message", CANCELLED.into()),
            ("completed_at", now.clone()),
            ("cancelled_at", now.clone()),
            ("cancelled_by", caller.user_id.into()),
            ("updated_at", now),
        ],
        add: Vec::new(),
        must_match: true,
    });
    Entry::new("export.cancelled", &ADMIN_EXPORTS, id).caller(caller).add(app, &mut batch)?;
    match app.store().commit(batch).await {
        Err(StoreError::ConditionFailed { .. }) => return Err(over()),
        outcome => outcome?,
    }
    app.exports().stop(id);
    // It is cancelled: that it cannot be read again just now is no reason to say anything else.
    let export = get(app, caller, id).await.unwrap_or_else(|_| AdminExport {
        status: ExportStatus::Error,
        error_message: Some(CANCELLED.to_owned()),
        completed_at: Some(at),
        cancelled_at: Some(at),
        cancelled_by: Some(caller.user_id),
        updated_at: at,
        revision: export.revision + 1,
        ..export
    });
    tell(app, &export);
    Ok(export)
}

fn over() -> AppError {
    let detail = "the export has ended already; there is nothing to cancel".to_owned();
    AppError::Conflict { code: "export_over", detail }
}
