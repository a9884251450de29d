//! What a run did, in the sync log and on the calendar.

use model::collections::CALENDARS;
use model::documents::{Calendar, Record, SyncError, SyncLog, SyncLogStatus, SyncType, UNSET};
use store::{Batch, Filter, Value, Write};

use super::run::LEASE_MS;
use super::{RunError, RunOptions, RunState};
use crate::lease::Lease;
use crate::{App, AppError};

/// Errors listed in one log entry; further ones are counted in a last line.
const MOST_ERRORS: usize = 999;

/// Writes the log entry and the calendar's state. A run nobody asked for that found nothing leaves no entry.
pub(super) async fn write(
    app: &App,
    calendar: &Calendar,
    lease: &Lease,
    options: RunOptions,
    run: &RunState,
    errors: Vec<SyncError>,
    failure: Option<&AppError>,
) -> Result<(), AppError> {
    let now = app.now();
    let failure = failure.map(RunError::from);
    let mut batch = Batch::new();
    batch.writes.push(lease.fence(app, LEASE_MS));
    let said = failure.as_ref().map(|failure| format!("{} {}", failure.message, failure.advice));
    let mut set = vec![(
        "sync_error",
        said.map_or(Value::Null, |said| Value::Text(said.chars().take(1_000).collect())),
    )];
    if failure.is_none() {
        set.push(("last_synced", Value::Instant(now)));
    }
    batch.writes.push(Write::Update {
        collection: &CALENDARS,
        filter: Filter::eq("_id", calendar.id),
        set,
        add: Vec::new(),
        must_match: false,
    });
    if options.asked_for || failure.is_some() || !run.is_quiet() {
        let mut log = entry(app, calendar, run, errors, failure);
        log.touch(now);
        batch.insert(&log)?;
    }
    Ok(app.store().commit(batch).await?)
}

fn entry(
    app: &App,
    calendar: &Calendar,
    run: &RunState,
    mut errors: Vec<SyncError>,
    failure: Option<RunError>,
) -> SyncLog {
    let status = match (&failure, errors.is_empty()) {
        (Some(_), _) => SyncLogStatus::Error,
        (None, false) => SyncLogStatus::Partial,
        (None, true) => SyncLogStatus::Success,
    };
    if errors.len() > MOST_ERRORS {
        let more = errors.len() - MOST_ERRORS;
        errors.truncate(MOST_ERRORS);
        errors.push(SyncError {
            event_id: String::new(),
            error_message: format!("and {more} more events could not be taken over"),
            error_code: "more_errors".to_owned(),
        });
    }
    if let Some(failure) = failure {
        errors.truncate(MOST_ERRORS);
        errors.insert(
            0,
            SyncError {
                event_id: String::new(),
                error_message: format!("{} {}", failure.message, failure.advice),
                error_code: failure.code,
            },
        );
    }
    let now = app.now();
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    SyncLog {
        id: app.new_id(),
        user_id: calendar.user_id,
        sync_type: SyncType::OutlookToLocal,
        status,
        events_processed: count(run.events_processed),
        events_created: count(run.events_created),
        events_updated: count(run.events_updated),
        events_deleted: count(run.events_deleted),
        errors,
        started_at: run.started_at,
        completed_at: now,
        duration_ms: (now.as_millisecond() - run.started_at.as_millisecond()).max(0),
        calendar_id: Some(calendar.id),
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    }
}
