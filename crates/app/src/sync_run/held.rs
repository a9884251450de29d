//! Held deletions: what waits for a person, and what the person decides.

use model::Id;
use model::documents::{Calendar, Event, HeldDeletions, HeldState, Record, SyncStatus};
use serde::{Deserialize, Serialize};
use store::{Batch, Filter, StoreError, TypedStore, Value};

use super::deletions;
use crate::caller::Caller;
use crate::hub::Notice;
use crate::{App, AppError};

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

/// What waits for this caller; an administrator sees all.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Held>, AppError> {
    let filter =
        if caller.is_admin() { Filter::All(Vec::new()) } else { Filter::eq("user_id", caller.user_id) };
    let all: Vec<HeldDeletions> = app.store().all(filter).await?;
    let mut answer = Vec::new();
    for held in all.into_iter().filter(|held| held.state == HeldState::Waiting) {
        let calendar: Option<Calendar> = app.store().read(held.calendar_id).await?;
        let shown = held.event_ids.iter().take(SHOWN).copied().map(Value::Id).collect();
        answer.push(Held {
            calendar_id: held.calendar_id,
            calendar_name: calendar.map(|calendar| calendar.name).unwrap_or_default(),
            count: held.event_ids.len(),
            reason: held.reason,
            events: app.store().all(Filter::In("_id", shown)).await?,
            held_at: held.created_at,
        });
    }
    Ok(answer)
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
    for chunk in held.event_ids.chunks(CHUNK) {
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
    let values = ids.iter().copied().map(Value::Id).collect();
    let mut events: Vec<Event> = app.store().all(Filter::In("_id", values)).await?;
    events.retain(|event| event.removed_at.is_none());
    match decision {
        Decision::Confirm => deletions::remove(app, None, held.user_id, &events).await,
        Decision::Reject => keep(app, events).await,
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
