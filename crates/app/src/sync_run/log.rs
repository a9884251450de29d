//! What a run did, in the sync log and on the calendar.
//!
//! Once something was refused, the entry is written by the page's own commit and kept up to date by those after it: a run
//! that dies has its cursor behind what was refused, and nobody would be told of that again.

use model::collections::CALENDARS;
use model::documents::{Calendar, Record, SyncError, SyncLog, SyncLogStatus, SyncType, UNSET};
use store::{Batch, Filter, Value, Write};
use sync::plan::PagePlan;

use super::run::LEASE_MS;
use super::{RunError, RunOptions, RunState};
use crate::lease::Lease;
use crate::{App, AppError};

/// Errors listed in one log entry; further ones are counted in a last line.
const MOST_ERRORS: usize = 999;

/// A run's entry on its way.
#[derive(Default)]
pub(super) struct Log {
    refused: Refused,
    /// The entry as it is in the store.
    row: Option<SyncLog>,
}

/// What was refused: the first of it, one more than is listed, and how much it is.
#[derive(Default)]
struct Refused {
    first: Vec<SyncError>,
    count: usize,
}

impl Refused {
    fn add(&mut self, errors: Vec<SyncError>) {
        self.count += errors.len();
        let room = (MOST_ERRORS + 1).saturating_sub(self.first.len());
        self.first.extend(errors.into_iter().take(room));
    }
}

impl Log {
    /// The entry as a page's commit leaves it; none as long as nothing was refused. `run` counts the page.
    pub(super) fn with_page(
        &self,
        app: &App,
        calendar: &Calendar,
        run: &RunState,
        plan: &PagePlan,
    ) -> Option<SyncLog> {
        if self.row.is_none() && plan.errors.is_empty() {
            return None;
        }
        let refused = self.refused.first.iter().chain(&plan.errors).take(MOST_ERRORS + 1).cloned().collect();
        let more = (self.refused.count + plan.errors.len()).saturating_sub(MOST_ERRORS);
        Some(self.entry(app, calendar, run, (refused, more), None))
    }

    /// Adds the entry to a commit.
    pub(super) fn add(&self, batch: &mut Batch, row: &SyncLog) -> Result<(), AppError> {
        match &self.row {
            Some(before) => batch.replace(row, before.revision)?,
            None => batch.insert(row)?,
        }
        Ok(())
    }

    /// The page was committed, and with it the entry, if there was one.
    pub(super) fn committed(&mut self, refused: Vec<SyncError>, row: Option<SyncLog>) {
        self.refused.add(refused);
        self.row = row.or(self.row.take());
    }

    /// What could not be looked at after the last page.
    pub(super) fn refuse(&mut self, refused: Vec<SyncError>) {
        self.refused.add(refused);
    }

    /// Writes the entry and the calendar's state at the end of the run. A run nobody asked for that found nothing leaves
    /// no entry.
    pub(super) async fn write(
        self,
        app: &App,
        calendar: &Calendar,
        lease: &Lease,
        options: RunOptions,
        run: &RunState,
        failure: Option<&AppError>,
    ) -> Result<(), AppError> {
        let failure = failure.map(RunError::from);
        let mut batch = Batch::new();
        batch.writes.push(lease.fence(app, LEASE_MS));
        let said = failure.as_ref().map(|failure| format!("{} {}", failure.message, failure.advice));
        let mut set = vec![(
            "sync_error",
            said.map_or(Value::Null, |said| Value::Text(said.chars().take(1_000).collect())),
        )];
        if failure.is_none() {
            set.push(("last_synced", Value::Instant(app.now())));
        }
        batch.writes.push(Write::Update {
            collection: &CALENDARS,
            filter: Filter::eq("_id", calendar.id),
            set,
            add: Vec::new(),
            must_match: false,
        });
        if options.asked_for || failure.is_some() || !run.is_quiet() || self.row.is_some() {
            let more = self.refused.count.saturating_sub(MOST_ERRORS);
            let refused = self.refused.first.clone();
            self.add(&mut batch, &self.entry(app, calendar, run, (refused, more), failure))?;
        }
        Ok(app.store().commit(batch).await?)
    }

    /// What the entry says by now. `errors` are those refused, and how many of them are too many to list.
    fn entry(
        &self,
        app: &App,
        calendar: &Calendar,
        run: &RunState,
        (mut errors, more): (Vec<SyncError>, usize),
        failure: Option<RunError>,
    ) -> SyncLog {
        let status = match (&failure, errors.is_empty()) {
            (Some(_), _) => SyncLogStatus::Error,
            (None, false) => SyncLogStatus::Partial,
            (None, true) => SyncLogStatus::Success,
        };
        if more > 0 {
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
        let before = self.row.as_ref();
        let mut log = SyncLog {
            // That of the run: one whose page may have been written or not leaves no second entry.
            id: run.run_id,
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
            created_at: before.map_or(UNSET, |row| row.created_at),
            updated_at: UNSET,
            revision: before.map_or(0, |row| row.revision),
        };
        log.touch(now);
        log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_errors_the_first_are_kept_and_the_others_counted() {
        let error = |number: usize| SyncError {
            event_id: number.to_string(),
            error_message: String::new(),
            error_code: String::new(),
        };
        let mut log = Log::default();
        for page in 0..100 {
            log.committed((page * 50..(page + 1) * 50).map(error).collect(), None);
        }
        log.refuse(vec![error(5_000)]);
        assert_eq!((log.refused.first.len(), log.refused.count), (MOST_ERRORS + 1, 5_001));
        assert!((0..=MOST_ERRORS).all(|number| log.refused.first[number] == error(number)));
    }
}
