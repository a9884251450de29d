//! Held deletions: what waits for a person, and what the person decides.

use std::collections::HashSet;

use model::Id;
use model::collections::HELD_DELETIONS;
use model::documents::{Calendar, Event, HeldDeletions, Record};
use serde::{Deserialize, Serialize};
use store::{Batch, Filter, Query, StoreError, TypedStore};

use super::confirm::confirm;
use super::hold::Hold;
use super::request::Mailbox;
use super::{candidates, removal};
use crate::caller::Caller;
use crate::hub::Notice;
use crate::paging::{PageRequest, Paged};
use crate::records::events::outlook::kept_here;
use crate::{App, AppError, archive};

/// How many events of a held deletion are shown by title.
const SHOWN: usize = 100;
/// Decided in one commit. Each of a few is asked for; whoever stops waiting finds the rest where it was.
const CHUNK: usize = 20;

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
///
/// Who confirms says that they were really deleted; each is asked for all the same. What is there stays and waits no longer;
/// what could not be asked for goes on waiting. What was added to those that wait since the caller looked is not decided.
pub async fn decide(
    app: &App,
    caller: &Caller,
    calendar_id: Id,
    decision: Decision,
) -> Result<usize, AppError> {
    let hold = Hold::read(app, calendar_id).await?;
    let held = hold
        .waits()
        .filter(|held| held.user_id == caller.user_id || caller.is_admin())
        .ok_or(AppError::NotFound { what: "held deletion" })?;
    let calendar: Option<Calendar> = app.store().read(calendar_id).await?;
    let calendar = calendar.ok_or(AppError::NotFound { what: "calendar" })?;
    let mut decided = archive::by_id(app, &held.event_ids).await?.events;
    // Series first: their exceptions go with them.
    decided.sort_by_key(|event| (!event.is_recurring, event.id));
    let mut decided: Vec<Id> = decided.into_iter().map(|event| event.id).collect();
    let found: HashSet<Id> = decided.iter().copied().collect();
    decided.extend(held.event_ids.iter().filter(|id| !found.contains(id)));
    for chunk in decided.chunks(CHUNK) {
        let mut tries = 0;
        loop {
            match decide_chunk(app, &calendar, chunk, decision).await {
                Err(AppError::Store(
                    StoreError::RevisionMismatch { .. } | StoreError::ConditionFailed { .. },
                )) if tries < 5 => {
                    tries += 1;
                }
                other => break other?,
            }
        }
    }
    app.hub().publish(held.user_id, Notice::CalendarChanged { calendar_id });
    Ok(held.event_ids.len())
}

/// Decides about some of those that wait, in one commit: what was decided waits no longer.
async fn decide_chunk(
    app: &App,
    calendar: &Calendar,
    ids: &[Id],
    decision: Decision,
) -> Result<(), AppError> {
    let mut hold = Hold::read(app, calendar.id).await?;
    let ids: Vec<Id> = ids.iter().copied().filter(|id| hold.waiting.contains(id)).collect();
    let mut events = archive::by_id(app, &ids).await?.events;
    events.retain(|event| event.removed_at.is_none() && event.calendar_id == calendar.id);
    let mut batch = match decision {
        Decision::Reject => {
            hold.forget(ids);
            keep(app, removal::living(app, None, events).await?)?
        }
        Decision::Confirm => {
            // The crew may have written on a date of a series since.
            let exceptions = candidates::unlinked_exceptions(app, &events).await?;
            events.extend(exceptions.into_iter().filter(|event| event.removed_at.is_none()));
            events.sort_by_key(|event| event.id);
            events.dedup_by_key(|event| event.id);
            let confirmed = confirm(app, &Mailbox::of(app, calendar)?, events).await?;
            let unknown: Vec<Id> = confirmed.refused.iter().map(|(id, _)| *id).collect();
            hold.forget(ids.into_iter().filter(|id| !unknown.contains(id)));
            removal::batch(app, None, calendar.user_id, &confirmed.gone, &confirmed.reset).await?
        }
    };
    hold.write(app, calendar, &mut batch)?;
    Ok(app.store().commit(batch).await?)
}

/// The events stay, without their link; the Outlook id stays too, so that an event that comes back is recognised.
fn keep(app: &App, events: Vec<Event>) -> Result<Batch, AppError> {
    let mut batch = Batch::new();
    for event in events {
        let mut kept = event.clone();
        kept_here(&mut kept);
        kept.touch(app.now());
        batch.replace(&kept, event.revision)?;
        batch.delete(&model::collections::SYNC_LINKS, Filter::eq("event_id", event.id));
    }
    Ok(batch)
}
