//! Turning a page's plan into one commit: events, links, usage counts, candidates for removal, the cursor, the fence.

use std::collections::BTreeSet;

use model::Id;
use model::collections::{EVENTS, SYNC_LINKS};
use model::documents::{
    CategoryType, HeldDeletions, HeldState, Record, SyncCursor, SyncLink, SyncLog, UNSET,
};
use providers::contract::Next;
use store::{Batch, Filter, StoreError, TypedStore, Write};
use sync::plan::{Action, PagePlan, Warrant};

use super::log::Log;
use super::pages::PROVIDER;
use super::reading::Reading;
use super::run::LEASE_MS;
use super::{RunState, audit, deletions};
use crate::lease::Lease;
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError};

/// Commits a page's plan together with the cursor behind it, and with the run's log entry where that is written already.
pub(super) async fn commit_page(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    plan: &PagePlan,
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
    let gone: Vec<Id> = plan.actions.iter().filter_map(deletions::candidate).map(|event| event.id).collect();
    collect_candidates(app, reading, &mut batch, gone).await?;
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

/// The run's figures with what a page did.
pub(super) fn counted(run: &RunState, plan: &PagePlan) -> RunState {
    let mut run = run.clone();
    run.pages += 1;
    run.events_processed += plan.processed;
    run.events_failed += plan.errors.len() as u64;
    for action in &plan.actions {
        match action {
            Action::Create { .. } => run.events_created += 1,
            Action::Update { .. } | Action::Follow { .. } => run.events_updated += 1,
            Action::Remove { warrant: Warrant::OccurrenceCancelled, .. } => run.events_deleted += 1,
            Action::Remove { warrant: Warrant::ReportedGone, .. } | Action::Agree { .. } => {}
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
        Action::Update { before, event, link, relinked, fields } => {
            usage.add(Some(before), Some(event));
            batch.replace(&**event, before.revision)?;
            write_link(batch, link, *relinked)?;
            audit::updated(app, batch, before, event, fields)?;
        }
        Action::Agree { link } => write_link(batch, link, false)?,
        Action::Follow { before, event } => {
            usage.add(Some(before), Some(event));
            batch.replace(&**event, before.revision)?;
        }
        Action::Remove { event, warrant: Warrant::OccurrenceCancelled } => {
            deletions::write_removal(app, batch, usage, event)?;
        }
        Action::Remove { warrant: Warrant::ReportedGone, .. } => {}
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

async fn collect_candidates(
    app: &App,
    reading: &Reading,
    batch: &mut Batch,
    gone: Vec<Id>,
) -> Result<(), AppError> {
    if gone.is_empty() {
        return Ok(());
    }
    match deletions::held(app, reading.calendar.id).await? {
        Some(held) => {
            let mut all: BTreeSet<Id> = held.event_ids.iter().copied().collect();
            all.extend(gone);
            let mut changed = HeldDeletions { event_ids: all.into_iter().collect(), ..held.clone() };
            changed.touch(app.now());
            batch.replace(&changed, held.revision)?;
        }
        None => {
            let mut held = HeldDeletions {
                id: app.new_id(),
                user_id: reading.calendar.user_id,
                calendar_id: reading.calendar.id,
                provider: PROVIDER.to_owned(),
                state: HeldState::Collecting,
                event_ids: gone,
                reason: "collected by a run that has not ended".to_owned(),
                created_at: UNSET,
                updated_at: UNSET,
                revision: 0,
            };
            held.touch(app.now());
            batch.insert(&held)?;
        }
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
