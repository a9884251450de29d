//! Recovering what was removed or archived: an event, a series with the exceptions that went with it, one occurrence.

use model::documents::{ArchivedEvent, Event};
use store::{Batch, TypedStore};

use super::get::{EventView, computed, exception};
use super::outlook;
use super::save::{self, Change};
use crate::archive::{self, Mover};
use crate::records::access::{expect_revision, visible};
use crate::records::changes::until_no_race;
use crate::records::occurrences::{EventRef, OriginalStart};
use crate::{App, AppError, Caller};

/// Recovers a removed event, or an occurrence that was called off. What is in the archive comes back from it, a series
/// with its exceptions. What is neither removed nor archived is answered as it is.
///
/// `outlook_read_only` for an event that is in Outlook; `series_removed` for an occurrence of a removed series.
pub async fn restore(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<EventView, AppError> {
    until_no_race("event", || attempt(app, caller, target, expected)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<EventView, AppError> {
    let (EventRef::Stored(id) | EventRef::Occurrence(id, _)) = target;
    let event: Event = match visible(app, caller, id).await {
        Err(AppError::NotFound { .. }) => unarchived(app, caller, target, expected).await?,
        found => {
            let event = found?;
            expect_revision(&event, expected)?;
            outlook::refuse(app, &event).await?;
            event
        }
    };
    match target {
        EventRef::Stored(_) => stored(app, caller, event).await,
        EventRef::Occurrence(_, start) => occurrence(app, caller, event, start).await,
    }
}

async fn stored(app: &App, caller: &Caller, event: Event) -> Result<EventView, AppError> {
    let changes = of_stored(app, &event).await?;
    let saved = saved(app, caller, changes).await?;
    EventView::of(saved.first().unwrap_or(&event))
}

/// The document of the date, where there is one; else the date itself, which the series takes up again.
async fn occurrence(
    app: &App,
    caller: &Caller,
    master: Event,
    start: OriginalStart,
) -> Result<EventView, AppError> {
    let not_found = AppError::NotFound { what: "event" };
    if let Some(exception) = exception(app, &master, start).await? {
        return stored(app, caller, exception).await;
    }
    if master.removed_at.is_some() {
        return Err(series_removed());
    }
    let anchor = sync::local::anchor(&master).ok_or(not_found.clone())?;
    let changes = called_on(&master, &start.date_in(&anchor).to_string());
    let saved = saved(app, caller, changes.into_iter().collect()).await?;
    let master = saved.into_iter().next().unwrap_or(master);
    let (expansion, occurrence) = computed(master, start).ok_or(not_found)?;
    EventView::computed(&expansion, &occurrence)
}

async fn saved(app: &App, caller: &Caller, changes: Vec<Change>) -> Result<Vec<Event>, AppError> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    save::commit(app, caller, changes, Batch::new()).await
}

/// Brings the event back from the archive. Of an event from Outlook that is no deletion to undo: it is allowed there too,
/// unless it was removed besides.
async fn unarchived(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<Event, AppError> {
    let (EventRef::Stored(id) | EventRef::Occurrence(id, _)) = target;
    let archived: ArchivedEvent = visible(app, caller, id).await?;
    expect_revision(&archived, expected)?;
    let calls_back = match target {
        EventRef::Stored(_) => archived.event.removed_at.is_some(),
        EventRef::Occurrence(_, start) => sync::local::anchor(&archived.event).is_some_and(|anchor| {
            let date = start.date_in(&anchor).to_string();
            archived.event.cancelled_occurrences.contains(&date)
        }),
    };
    if calls_back {
        outlook::refuse(app, &archived.event).await?;
    }
    let back = archive::bring_back(app, None, Mover::Caller(caller), [id]).await?;
    back.into_iter().find(|event| event.id == id).ok_or(AppError::NotFound { what: "event" })
}

async fn of_stored(app: &App, event: &Event) -> Result<Vec<Change>, AppError> {
    let Some(removed_at) = event.removed_at else { return Ok(Vec::new()) };
    let mut changes = vec![recovered(event.clone())];
    if let (Some(master), Some(date)) = (event.recurrence_master_id, event.original_date.as_deref()) {
        let master: Option<Event> = app.store().read(master).await?;
        let Some(master) = master.filter(|master| master.removed_at.is_none()) else {
            return Err(series_removed());
        };
        changes.extend(called_on(&master, date));
    }
    if event.is_recurring {
        let exceptions = save::exceptions(app, event.id).await?;
        let went_along = exceptions.into_iter().filter(|exception| exception.removed_at == Some(removed_at));
        changes.extend(went_along.map(recovered));
    }
    Ok(changes)
}

fn series_removed() -> AppError {
    AppError::Conflict {
        code: "series_removed",
        detail: "the series of this occurrence was removed; recover the series first".to_owned(),
    }
}

fn recovered(before: Event) -> Change {
    let mut after = before.clone();
    after.removed_at = None;
    if after.outlook_event_id.is_some() {
        // It was refused above if Outlook still had it.
        outlook::kept_here(&mut after);
    }
    after.derive();
    Change::called("event.restored", before, after)
}

/// The series with this date again; `None` when it was not called off.
fn called_on(master: &Event, date: &str) -> Option<Change> {
    let mut after = master.clone();
    after.cancelled_occurrences.retain(|known| known != date);
    after.recurrence_until = Some(sync::local::recurrence_until(&after));
    after.derive();
    (after != *master).then(|| Change::called("event.occurrence_restored", master.clone(), after))
}
