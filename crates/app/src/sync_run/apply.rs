//! Turning a page's plan into one commit: events, links, usage counts, candidates for removal, the cursor, the fence.

use std::collections::HashSet;

use model::Id;
use model::collections::{EVENTS, SYNC_LINKS};
use model::documents::{CategoryType, Event, Record, SyncCursor, SyncLink, SyncLog, UNSET};
use providers::contract::Next;
use store::{Batch, Filter, StoreError, TypedStore, Write};
use sync::plan::{Action, PagePlan};

use super::hold::Hold;
use super::log::Log;
use super::pages::PROVIDER;
use super::reading::Reading;
use super::run::LEASE_MS;
use super::{RunState, audit, candidates, removal};
use crate::lease::Lease;
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError};

/// Commits a page's plan together with the cursor behind it, and with the run's log entry where that is written already.
/// `met` are the events here that the page says are there: whatever was doubtful about them is no longer.
pub(super) async fn commit_page(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    (plan, met): (&PagePlan, &HashSet<Id>),
    next: &Next,
    logged: Option<(&Log, &SyncLog)>,
) -> Result<(), AppError> {
    let mut batch = Batch::new();
    batch.writes.push(lease.fence(app, LEASE_MS));
    let mut usage = Deltas::default();
    touch_masters(app, &mut batch, plan);
    for action in &plan.actions {
        write_action(app, &mut batch, &mut usage, action)?;
    }
    names::count(app, reading.calendar.user_id, &usage, CategoryType::External, &mut batch).await?;
    let mut hold = Hold::read(app, reading.calendar.id).await?;
    hold.forget(met.iter().copied());
    hold.collect(candidates::of_page(plan).map(|event| event.id));
    hold.write(app, &reading.calendar, &mut batch)?;
    if let Some((log, row)) = logged {
        log.add(&mut batch, row)?;
    }
    let cursor = cursor_document(app, reading, next);
    match &reading.saved {
        Some(saved) => batch.replace(&cursor, saved.revision)?,
        None => batch.insert(&cursor)?,
    }
    match app.store().commit(batch).await {
        Ok(()) => {
            reading.saved = Some(cursor);
            Ok(())
        }
        Err(error) => {
            // The saved cursor may have moved after all when the outcome is unknown: it is read again.
            let mine = Filter::eq("calendar_id", reading.calendar.id).and(Filter::eq("provider", PROVIDER));
            let saved: Option<SyncCursor> = match app.store().first(mine).await {
                Ok(saved) => saved,
                Err(_) => return Err(error.into()),
            };
            // Nobody else writes it while the lease is held: when it is the one of this page, so is all of the page,
            // and the run's figures count it.
            let is_written = |saved: &SyncCursor| {
                (saved.id, saved.revision, &saved.token) == (cursor.id, cursor.revision, &cursor.token)
            };
            let happened =
                matches!(error, StoreError::OutcomeUnknown { .. }) && saved.as_ref().is_some_and(is_written);
            reading.saved = saved;
            if happened { Ok(()) } else { Err(error.into()) }
        }
    }
}

/// The run's figures with what the plan of so many pages did.
pub(super) fn counted(run: &RunState, plan: &PagePlan, pages: u64) -> RunState {
    let mut run = run.clone();
    run.pages += pages;
    run.events_processed += plan.processed;
    run.events_failed += plan.errors.len() as u64;
    for action in &plan.actions {
        match action {
            Action::Create { .. } => run.events_created += 1,
            Action::Update { .. }
            | Action::Follow { .. }
            | Action::Mark { .. }
            | Action::Reset { event: Some(_), .. } => run.events_updated += 1,
            Action::Reset { event: None, .. } => run.events_deleted += 1,
            Action::Remove { warrant, .. } if warrant.is_certain() => run.events_deleted += 1,
            Action::Remove { .. } | Action::Agree { .. } => {}
        }
    }
    run
}

fn write_action(app: &App, batch: &mut Batch, usage: &mut Deltas, action: &Action) -> Result<(), AppError> {
    match action {
        Action::Create { event, link } => {
            usage.add(None, Some(event));
            batch.insert(&**event)?;
            batch.insert(&**link)?;
        }
        Action::Update { before, event, link, relinked, .. } => {
            usage.add(Some(before), Some(event));
            batch.replace(&**event, before.revision)?;
            write_link(batch, link, *relinked)?;
            audit::updated(app, batch, before, event)?;
        }
        Action::Agree { link } => write_link(batch, link, false)?,
        Action::Follow { before, event } => {
            usage.add(Some(before), Some(event));
            batch.replace(&**event, before.revision)?;
            if event.calendar_id != before.calendar_id {
                move_link(batch, event);
            }
            audit::updated(app, batch, before, event)?;
        }
        Action::Mark { before, event } => batch.replace(&**event, before.revision)?,
        Action::Reset { before, event } => {
            removal::write_reset(app, batch, usage, before, event.as_deref())?;
        }
        Action::Remove { event, warrant } if warrant.is_certain() => {
            removal::write_removal(app, batch, usage, event)?;
        }
        Action::Remove { .. } => {}
    }
    Ok(())
}

/// A new exception needs its series among the living, and raises its revision.
fn touch_masters(app: &App, batch: &mut Batch, plan: &PagePlan) {
    let touches = plan.masters_to_touch().into_iter().map(|master| Write::Update {
        collection: &EVENTS,
        filter: Filter::eq("_id", master),
        set: vec![("updated_at", app.now().into())],
        add: Vec::new(),
        must_match: true,
    });
    batch.writes.extend(touches);
}

/// The link of an exception goes along into the calendar of its series.
fn move_link(batch: &mut Batch, event: &Event) {
    batch.writes.push(Write::Update {
        collection: &SYNC_LINKS,
        filter: Filter::eq("event_id", event.id).and(Filter::eq("provider", PROVIDER)),
        set: vec![("calendar_id", event.calendar_id.into())],
        add: Vec::new(),
        must_match: false,
    });
}

fn write_link(batch: &mut Batch, link: &SyncLink, relinked: bool) -> Result<(), AppError> {
    if relinked {
        // The event may have come from another calendar: it has one link to a provider, not two.
        let old = Filter::eq("event_id", link.event_id).and(Filter::eq("provider", PROVIDER));
        batch.delete(&SYNC_LINKS, old);
        batch.insert(link)?;
    } else {
        batch.replace(link, link.revision - 1)?;
    }
    Ok(())
}

fn cursor_document(app: &App, reading: &Reading, next: &Next) -> SyncCursor {
    let (at, is_final) = match next {
        Next::Page(cursor) => (cursor, false),
        Next::Done(cursor) => (cursor, true),
    };
    let begins_complete_read = reading.is_complete && reading.linked_before > 0;
    let still_due = reading.saved.as_ref().is_some_and(|saved| saved.compare_due);
    let mut cursor = SyncCursor {
        id: reading.saved.as_ref().map_or_else(|| app.new_id(), |saved| saved.id),
        user_id: reading.calendar.user_id,
        calendar_id: reading.calendar.id,
        provider: PROVIDER.to_owned(),
        mode: Some(at.mode.clone()),
        token: Some(at.token.clone()),
        is_final,
        window_from: Some(reading.window.from),
        window_until: Some(reading.window.until),
        // Cleared when the deletions of a complete read were settled.
        compare_due: begins_complete_read || still_due,
        reason: reading.reason.clone(),
        hold_deletions: reading.saved.as_ref().and_then(|saved| saved.hold_deletions),
        created_at: reading.saved.as_ref().map_or(UNSET, |saved| saved.created_at),
        updated_at: UNSET,
        revision: reading.saved.as_ref().map_or(0, |saved| saved.revision),
    };
    cursor.touch(app.now());
    cursor
}
