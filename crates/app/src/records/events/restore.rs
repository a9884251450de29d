//! Recovering what was removed here: an event, a series with the exceptions that went with it, one occurrence.

use model::documents::Event;
use store::{Batch, TypedStore};

use super::delete::refuse_outlook;
use super::get::EventView;
use super::save::{self, Change};
use crate::records::access::{expect_revision, visible};
use crate::records::changes::{ATTEMPTS, gave_up, is_race};
use crate::records::occurrences::EventRef;
use crate::{App, AppError, Caller};

/// Recovers a removed event, or an occurrence that was called off. What is not removed is answered as it is.
///
/// `outlook_read_only` for an event that comes from Outlook; `series_removed` for an occurrence of a removed series.
pub async fn restore(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<EventView, AppError> {
    for _ in 0..ATTEMPTS {
        match attempt(app, caller, target, expected).await {
            Err(error) if is_race(&error) => {}
            outcome => return outcome,
        }
    }
    Err(gave_up("event"))
}

async fn attempt(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<EventView, AppError> {
    let (id, start) = match target {
        EventRef::Stored(id) => (id, None),
        EventRef::Occurrence(master, start) => (master, Some(start)),
    };
    let event: Event = visible(app, caller, id).await?;
    expect_revision(&event, expected)?;
    refuse_outlook(app, &event).await?;
    let changes = match start {
        None => of_stored(app, &event).await?,
        Some(start) => {
            let anchor = sync::local::anchor(&event).ok_or(AppError::NotFound { what: "event" })?;
            let date = start.date_in(&anchor).to_string();
            called_on(&event, &date).into_iter().collect()
        }
    };
    if !changes.is_empty() {
        save::commit(app, caller, changes, Batch::new()).await?;
    }
    super::get(app, caller, target).await
}

async fn of_stored(app: &App, event: &Event) -> Result<Vec<Change>, AppError> {
    let Some(removed_at) = event.removed_at else { return Ok(Vec::new()) };
    let mut changes = vec![recovered(event.clone())];
    if let (Some(master), Some(date)) = (event.recurrence_master_id, event.original_date.as_deref()) {
        let master: Option<Event> = app.store().read(master).await?;
        let Some(master) = master.filter(|master| master.removed_at.is_none()) else {
            return Err(AppError::Conflict {
                code: "series_removed",
                detail: "the series of this occurrence was removed; recover the series first".to_owned(),
            });
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

fn recovered(before: Event) -> Change {
    let mut after = before.clone();
    after.removed_at = None;
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
