//! The writes that remove events here. Links go, counts follow.

use std::collections::HashMap;

use model::Id;
use model::collections::{EVENTS, SYNC_LINKS};
use model::documents::{CategoryType, Event, Record};
use store::{Batch, Filter, Value};

use super::audit;
use super::confirm::Reset;
use super::run::LEASE_MS;
use crate::archive::{self, Mover};
use crate::lease::Lease;
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError, Source};

/// The commit that removes events: into the recoverable state when they carry internal data, else away. Exceptions that
/// were reset leave what the house wrote on their dates.
pub(super) async fn batch(
    app: &App,
    lease: Option<&Lease>,
    user_id: Id,
    gone: &[Event],
    reset: &[Reset],
) -> Result<Batch, AppError> {
    let gone = living(app, lease, gone.to_vec()).await?;
    let before = living(app, lease, reset.iter().map(|reset| reset.before.clone()).collect()).await?;
    let mut batch = Batch::new();
    if let Some(lease) = lease {
        batch.writes.push(lease.fence(app, LEASE_MS));
    }
    let mut usage = Deltas::default();
    for event in &gone {
        write_removal(app, &mut batch, &mut usage, event)?;
    }
    for reset in reset {
        // One that was in the archive is a revision further now.
        let Some(before) = before.iter().find(|event| event.id == reset.before.id) else { continue };
        let mut after = reset.after.clone();
        if let Some(after) = after.as_mut().filter(|_| before.revision != reset.before.revision) {
            after.unarchived_at = before.unarchived_at;
            after.revision = before.revision;
            after.touch(app.now());
        }
        write_reset(app, &mut batch, &mut usage, before, after.as_ref())?;
    }
    names::count(app, user_id, &usage, CategoryType::External, &mut batch).await?;
    Ok(batch)
}

/// The same events, those in the archive brought back: they are removed, or kept, among the living. The others, and what
/// somebody changed as it came back, are as they were given: whoever writes them as that is told that they changed.
pub(super) async fn living(
    app: &App,
    lease: Option<&Lease>,
    events: Vec<Event>,
) -> Result<Vec<Event>, AppError> {
    let ids = events.iter().map(|event| Value::Id(event.id)).collect();
    let archived = archive::of(app, Filter::In("_id", ids)).await?;
    if archived.is_empty() {
        return Ok(events);
    }
    let lease = lease.map(|lease| (lease, LEASE_MS));
    let archived: Vec<Id> = archived.into_iter().map(|one| one.event.id).collect();
    let back = archive::bring_back(app, lease, Mover::Source(Source::Outlook), archived).await?;
    let mut back: HashMap<Id, Event> = back.into_iter().map(|event| (event.id, event)).collect();
    let of_now = |event: Event| match back.remove(&event.id) {
        Some(back) if back.revision == event.revision + 1 => back,
        _ => event,
    };
    Ok(events.into_iter().map(of_now).collect())
}

/// The writes that remove one event.
pub(super) fn write_removal(
    app: &App,
    batch: &mut Batch,
    usage: &mut Deltas,
    event: &Event,
) -> Result<(), AppError> {
    if event.has_internal_data() {
        let mut removed = event.clone();
        removed.removed_at = Some(app.now());
        removed.derive();
        removed.touch(app.now());
        usage.add(Some(event), None);
        batch.delete(&SYNC_LINKS, Filter::eq("event_id", event.id));
        batch.replace(&removed, event.revision)?;
        audit::removed(app, batch, event, Some(&removed))
    } else {
        write_deletion(app, batch, usage, event)
    }
}

/// The writes that make an exception a plain date of its series again, or one with only what the house wrote on it.
pub(super) fn write_reset(
    app: &App,
    batch: &mut Batch,
    usage: &mut Deltas,
    before: &Event,
    after: Option<&Event>,
) -> Result<(), AppError> {
    let Some(after) = after else { return write_deletion(app, batch, usage, before) };
    usage.add(Some(before), Some(after));
    batch.delete(&SYNC_LINKS, Filter::eq("event_id", before.id));
    batch.replace(after, before.revision)?;
    audit::updated(app, batch, before, after)
}

fn write_deletion(app: &App, batch: &mut Batch, usage: &mut Deltas, event: &Event) -> Result<(), AppError> {
    usage.add(Some(event), None);
    batch.delete(&SYNC_LINKS, Filter::eq("event_id", event.id));
    batch.require(&EVENTS, Filter::eq("_id", event.id).and(Filter::eq("revision", event.revision)));
    batch.delete(&EVENTS, Filter::eq("_id", event.id));
    audit::removed(app, batch, event, None)
}
