//! Held deletions: what waits for a person, and what the person decides.

use model::Id;
use model::collections::HELD_DELETIONS;
use model::documents::{Calendar, Event, HeldDeletions, HeldState, Record, SyncStatus};
use serde::{Deserialize, Serialize};
use store::{Batch, Filter, Query, StoreError, TypedStore};

use super::deletions;
use crate::caller::Caller;
use crate::hub::Notice;
use crate::paging::{PageRequest, Paged};
use crate::{App, AppError, archive};

/// How many events of a held deletion are shown by title.
const SHOWN: usize = 100;
const CHUNK: usize = 200;

/// What a person decides about held deletions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They were really deleted: remove them here too.
    Confirm,
    /// Keep them here, without Outlook.
    Reject,
}

/// Deletions of one calendar that wait.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// The calendar.
    pub calendar_id: Id,
    /// Its name.
    pub calendar_name: String,
    /// How many events would be removed.
    pub count: usize,
    /// Why they wait.
    pub reason: String,
    /// The first hundred of them.
    pub events: Vec<Event>,
    /// Since when they wait.
    pub held_at: jiff::Timestamp,
}

/// What waits for this caller; an administrator sees all. By calendar, oldest first.
pub async fn list(app: &App, caller: &Caller, page: PageRequest) -> Result<Paged<Held>, AppError> {
    let waiting = Filter::eq("state", "waiting");
    let filter = if caller.is_admin() { waiting } else { Filter::eq("user_id", caller.user_id).and(waiting) };
    let query = page.apply(Query::of(&HELD_DELETIONS, filter))?;
    let (all, next): (Vec<HeldDeletions>, _) = app.store().list(query).await?;
    let mut items = Vec::new();
    for held in all {
        let calendar: Option<Calendar> = app.store().read(held.calendar_id).await?;
        let shown: Vec<Id> = held.event_ids.iter().take(SHOWN).copied().collect();
        items.push(Held {
            calendar_id: held.calendar_id,
            calendar_name: calendar.map(|calendar| calendar.name).unwrap_or_default(),
            count: held.event_ids.len(),
            reason: held.reason,
            events: archive::by_id(app, &shown).await?.events,
            held_at: held.created_at,
        });
    }
    Ok(Paged::new(items, next))
}

/// Follows or drops the held deletions of a calendar. Answers how many events it concerned.
pub async fn decide(
    app: &App,
    caller: &Caller,
    calendar_id: Id,
    decision: Decision,
) -> Result<usize, AppError> {
    let held = deletions::held(app, calendar_id)
        .await?
        .filter(|held| held.user_id == caller.user_id || caller.is_admin())
        .filter(|held| held.state == HeldState::Waiting)
        .ok_or(AppError::NotFound { what: "held deletion" })?;
    let mut ids = held.event_ids.clone();
    if decision == Decision::Confirm {
        // The crew may have written on a date of a series since.
        let events = archive::by_id(app, &ids).await?.events;
        let exceptions = deletions::unlinked_exceptions(app, &events).await?;
        ids.extend(exceptions.into_iter().map(|event| event.id).filter(|id| !held.event_ids.contains(id)));
    }
    for chunk in ids.chunks(CHUNK) {
        let mut tries = 0;
        loop {
            match decide_chunk(app, &held, chunk, decision).await {
                Err(AppError::Store(
                    StoreError::RevisionMismatch { .. } | StoreError::ConditionFailed { .. },
                )) if tries < 5 => {
                    tries += 1;
                }
                other => break other?,
            }
        }
    }
    let mut batch = Batch::new();
    batch.delete(HeldDeletions::COLLECTION, Filter::eq("_id", held.id));
    app.store().commit(batch).await?;
    app.hub().publish(held.user_id, Notice::CalendarChanged { calendar_id });
    Ok(held.event_ids.len())
}

async fn decide_chunk(
    app: &App,
    held: &HeldDeletions,
    ids: &[Id],
    decision: Decision,
) -> Result<(), AppError> {
    let mut events = archive::by_id(app, ids).await?.events;
    events.retain(|event| event.removed_at.is_none());
    match decision {
        Decision::Confirm => deletions::remove(app, None, held.user_id, &events).await,
        Decision::Reject => keep(app, deletions::living(app, None, events).await?).await,
    }
}

/// The events stay, without their link; the Outlook id stays too, so that an event that comes back is recognised.
async fn keep(app: &App, events: Vec<Event>) -> Result<(), AppError> {
    let mut batch = Batch::new();
    for event in events {
        let mut kept = event.clone();
        kept.sync_status = SyncStatus::NotSynced;
        kept.sync_errors =
            vec!["Outlook does not have this event any more; it was kept here by choice.".to_owned()];
        kept.touch(app.now());
        batch.replace(&kept, event.revision)?;
        batch.delete(&model::collections::SYNC_LINKS, Filter::eq("event_id", event.id));
    }
    Ok(app.store().commit(batch).await?)
}
