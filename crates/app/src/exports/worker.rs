//! The worker: writes the exports that wait, one after the other.

use model::documents::AdminExport;
use store::{Filter, TypedStore};

use super::run::{self, Job, LEASE_MS, lease_name};
use crate::lease::Lease;
use crate::{App, AppError};

/// The longest time until the worker looks again by itself: what another server left behind is found then.
const LOOK_AGAIN_MS: u64 = 15_000;

/// Writes every export that waits, oldest first, one at a time; those that another process writes are left to it.
/// Answers how many came to their end. Can be run at any time and by any number of servers.
///
/// # Errors
/// When the store fails; what waits is tried again with the next call.
pub async fn run_pending(app: &App) -> Result<u64, AppError> {
    let mut ended = 0;
    let waiting: Vec<AdminExport> = app.store().all(Filter::eq("status", "pending")).await?;
    for export in waiting {
        if export.is_elsewhere == Some(true) {
            bury(app, &export).await?;
        } else {
            ended += u64::from(run::run(app, export.id).await?.is_some());
        }
    }
    Ok(ended)
}

/// Answers when there may be something to do.
pub async fn wait_for_work(app: &App) {
    tokio::select! {
        () = app.exports().woken() => {}
        () = app.wait_ms(LOOK_AGAIN_MS) => {}
    }
}

/// Ends the record of a command that was killed: nobody knows any more where its file was to go.
async fn bury(app: &App, export: &AdminExport) -> Result<(), AppError> {
    let Some(lease) = Lease::take(app, &lease_name(export.id), LEASE_MS).await? else { return Ok(()) };
    let reason = "The command that wrote it ended before the file was whole. Run it again.";
    let buried = Job { app, lease: &lease, export }.fail(reason).await;
    lease.release(app).await;
    buried.map(|_| ())
}
