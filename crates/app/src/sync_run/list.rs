//! Reading the list of calendars before all of them are synced: a failure of that is seen like the failure of a run.

use std::collections::HashSet;

use futures::future::{Either, select};
use model::Id;
use model::documents::{Calendar, Record, SyncError, SyncLog, SyncLogStatus, SyncType, UNSET};
use store::Batch;

use super::run::{RunHandle, begin, synced_calendars, tell, work_all};
use super::{RunError, RunOptions, RunPhase, RunState, refresh_calendars};
use crate::{App, AppError};

/// How long the answer to somebody who asks for a sync waits for the list, in milliseconds; it comes later then.
const PATIENCE_MS: u64 = 5_000;
/// What stands in place of a calendar's name.
const NAME: &str = "The list of calendars";

/// Begins a run for each calendar of the person's list. When the list cannot be read, those known so far are synced; a
/// list that fails, or takes long, is itself told as a run, with the person's id in place of a calendar's.
pub(super) async fn start_all(
    app: &App,
    user_id: Id,
    options: RunOptions,
) -> Result<Vec<RunHandle>, AppError> {
    let run = RunState::begun(app.new_id(), user_id, user_id, NAME, app.now());
    let list = Box::pin(read(app.clone(), run.clone()));
    let mut handles = Vec::new();
    let late = match select(list, Box::pin(app.wait_ms(PATIENCE_MS))).await {
        Either::Left((is_read, _)) => {
            handles.extend((!is_read).then(|| handle(&run)));
            None
        }
        Either::Right((_, list)) => {
            tell(app, &run);
            handles.push(handle(&run));
            Some(list)
        }
    };
    let calendars = synced_calendars(app, user_id).await?;
    let known: HashSet<Id> = calendars.iter().map(|calendar| calendar.id).collect();
    let begun: Vec<(Calendar, RunState)> =
        calendars.into_iter().map(|calendar| (calendar.clone(), begin(app, &calendar))).collect();
    handles.extend(begun.iter().map(|(_, run)| handle(run)));
    let app = app.clone();
    tokio::spawn(async move {
        let Some(list) = late else { return work_all(&app, begun, options).await };
        let rest = async {
            if list.await {
                tell(&app, &ended(&app, run, None));
            }
            let Ok(mut calendars) = synced_calendars(&app, user_id).await else { return };
            calendars.retain(|calendar| !known.contains(&calendar.id));
            let begun = calendars.into_iter().map(|calendar| (calendar.clone(), begin(&app, &calendar)));
            work_all(&app, begun.collect(), options).await;
        };
        futures::join!(work_all(&app, begun, options), rest);
    });
    Ok(handles)
}

fn handle(run: &RunState) -> RunHandle {
    RunHandle { run_id: run.run_id, calendar_id: run.calendar_id }
}

/// Reads the list. Answers false when that failed: then it was said, and stands in the log.
async fn read(app: App, run: RunState) -> bool {
    let Err(error) = refresh_calendars(&app, run.user_id).await else { return true };
    tracing::warn!(user = %run.user_id, %error, "the list of calendars could not be read");
    let run = ended(&app, run, Some(RunError::from(&error)));
    tell(&app, &run);
    if let Err(error) = log(&app, &run).await {
        tracing::warn!(user = %run.user_id, %error, "that could not be written to the sync log");
    }
    false
}

fn ended(app: &App, mut run: RunState, error: Option<RunError>) -> RunState {
    run.state = if error.is_some() { RunPhase::Failed } else { RunPhase::Done };
    run.error = error;
    run.completed_at = Some(app.now());
    run
}

async fn log(app: &App, run: &RunState) -> Result<(), AppError> {
    let errors = run.error.iter().map(|error| SyncError {
        event_id: String::new(),
        error_message: format!("{} {}", error.message, error.advice),
        error_code: error.code.clone(),
    });
    let now = app.now();
    let mut log = SyncLog {
        id: run.run_id,
        user_id: run.user_id,
        sync_type: SyncType::OutlookToLocal,
        status: SyncLogStatus::Error,
        events_processed: 0,
        events_created: 0,
        events_updated: 0,
        events_deleted: 0,
        errors: errors.collect(),
        started_at: run.started_at,
        completed_at: now,
        duration_ms: (now.as_millisecond() - run.started_at.as_millisecond()).max(0),
        calendar_id: None,
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    };
    log.touch(now);
    let mut batch = Batch::new();
    batch.insert(&log)?;
    Ok(app.store().commit(batch).await?)
}
