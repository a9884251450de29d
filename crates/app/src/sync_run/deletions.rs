//! Deletions: collected through a run, confirmed by asking, judged together, followed or held for a person.
//!
//! What removes an event here is never a failed or short read: the provider reported it, or a complete read did not
//! meet it, and then, asked for the event by id, it answered that it does not exist.

use std::collections::{HashMap, HashSet};

use model::Id;
use model::collections::{EVENTS, SYNC_LINKS};
use model::documents::{CategoryType, Event, HeldDeletions, HeldState, Record, SyncLink};
use store::{Batch, Filter, Query, TypedStore, Value};
use sync::guard::Verdict;
use sync::plan::{Action, Warrant};

use super::pages::PROVIDER;
use super::reading::Reading;
use super::run::LEASE_MS;
use super::{RunState, audit, gather};
use crate::archive::{self, Mover};
use crate::lease::Lease;
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError, Source};

/// More than this many candidates are held without asking for each: the guard would hold them anyway.
const MOST_QUESTIONS: usize = 50;
/// Removals in one commit.
const CHUNK: usize = 200;

/// What is to happen with the candidates of a run.
pub(super) enum Judgement {
    /// These are gone; remove them.
    Follow(Vec<Event>),
    /// Too many; a person decides.
    Hold {
        /// The events.
        events: Vec<Event>,
        /// Why, in words.
        reason: String,
    },
}

/// The event of a step that is only a candidate for removal.
pub(super) fn candidate(action: &Action) -> Option<Event> {
    match action {
        Action::Remove { event, warrant: Warrant::ReportedGone } => Some((**event).clone()),
        _ => None,
    }
}

/// Deletions collected or held for this calendar.
pub(super) async fn held(app: &App, calendar_id: Id) -> Result<Option<HeldDeletions>, AppError> {
    Ok(app
        .store()
        .first(Filter::eq("calendar_id", calendar_id).and(Filter::eq("provider", PROVIDER)))
        .await?)
}

/// Linked events that a complete read did not meet. An event that was linked after the read began is never absent.
pub(super) async fn absent(app: &App, reading: &Reading) -> Result<Vec<Event>, AppError> {
    if !reading.is_complete || reading.linked_before == 0 {
        return Ok(Vec::new());
    }
    let mine = Filter::eq("calendar_id", reading.calendar.id).and(Filter::eq("provider", PROVIDER));
    let mut after = None;
    let mut unseen = Vec::new();
    loop {
        let query = Query::of(&SYNC_LINKS, mine.clone()).after(after);
        let (links, next): (Vec<SyncLink>, _) = app.store().list(query).await?;
        let unmet = links
            .into_iter()
            .filter(|link| link.created_at < reading.began_at && !reading.seen.has(&link.provider_item_id));
        unseen.extend(unmet.map(|link| link.event_id));
        if next.is_none() {
            break;
        }
        after = next;
    }
    let mut events = read_events(app, &unseen).await?;
    // What ended before the window is not asked for, so it cannot be missed.
    events.retain(|event| event.recurrence_until.unwrap_or(event.end_time) > reading.window.from);
    Ok(events)
}

/// Confirms the candidates by asking for each, and judges what is left.
pub(super) async fn judge(
    app: &App,
    reading: &Reading,
    candidates: Vec<Event>,
) -> Result<Judgement, AppError> {
    let with_series = unlinked_exceptions(app, &candidates).await?;
    let mut unique: HashMap<Id, Event> = HashMap::new();
    for event in candidates.into_iter().chain(with_series) {
        if event.removed_at.is_none() {
            unique.insert(event.id, event);
        }
    }
    let mut events: Vec<Event> = unique.into_values().collect();
    // Series first: when one is gone, so are its exceptions. Then by id, for the same order every time.
    events.sort_by_key(|event| (!event.is_recurring, event.id));
    if events.len() <= MOST_QUESTIONS {
        events = confirmed(app, reading, events).await?;
    }
    match sync::guard::judge(events.len(), reading.linked_before) {
        Verdict::Follow if !events.is_empty() && holds_all(reading) => {
            let reason = "the store was restored from a backup: what Outlook does not have may have been deleted there \
                          since, or never have reached it";
            Ok(Judgement::Hold { events, reason: reason.to_owned() })
        }
        Verdict::Follow => Ok(Judgement::Follow(events)),
        Verdict::Hold(reason) => Ok(Judgement::Hold { events, reason }),
    }
}

/// The exceptions that only the house has of the series among these: they are nothing at the provider, so that nobody
/// reports them as gone, and they go with their series.
pub(super) async fn unlinked_exceptions(app: &App, events: &[Event]) -> Result<Vec<Event>, AppError> {
    let masters: Vec<Value> =
        events.iter().filter(|event| event.is_recurring).map(|event| Value::Id(event.id)).collect();
    let mut exceptions = Vec::new();
    for ids in masters.chunks(CHUNK) {
        let found = archive::everywhere(app, Filter::In("recurrence_master_id", ids.to_vec())).await?;
        exceptions.extend(found.events.into_iter().filter(|event| event.outlook_event_id.is_none()));
    }
    Ok(exceptions)
}

/// After a restore a person decides, however few they are.
fn holds_all(reading: &Reading) -> bool {
    reading.saved.as_ref().is_some_and(|saved| saved.hold_deletions == Some(true))
}

async fn confirmed(app: &App, reading: &Reading, events: Vec<Event>) -> Result<Vec<Event>, AppError> {
    let mut gone: HashSet<Id> = HashSet::new();
    let mut kept = Vec::new();
    for event in events {
        let with_series = event.recurrence_master_id.is_some_and(|master| gone.contains(&master));
        let is_gone = with_series
            || match &event.outlook_event_id {
                Some(id) => gather::event(app, reading, id).await?.is_none(),
                None => false,
            };
        if is_gone {
            gone.insert(event.id);
            kept.push(event);
        }
    }
    Ok(kept)
}

/// Settles the deletions of a run that came to its end.
pub(super) async fn settle(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    run: &mut RunState,
) -> Result<(), AppError> {
    let collected = held(app, reading.calendar.id).await?;
    let ids = collected.as_ref().map(|held| held.event_ids.clone()).unwrap_or_default();
    let mut candidates = read_events(app, &ids).await?;
    candidates.extend(absent(app, reading).await?);
    let judgement = judge(app, reading, candidates).await?;
    let are_held = matches!(judgement, Judgement::Hold { .. });
    match judgement {
        Judgement::Follow(events) => {
            for chunk in events.chunks(CHUNK) {
                remove(app, Some(lease), reading.calendar.user_id, chunk).await?;
                run.events_deleted += chunk.len() as u64;
            }
            if let Some(held) = collected {
                let mut batch = Batch::new();
                batch.writes.push(lease.fence(app, LEASE_MS));
                batch.delete(HeldDeletions::COLLECTION, Filter::eq("_id", held.id));
                app.store().commit(batch).await?;
            }
        }
        Judgement::Hold { events, reason } => {
            run.events_held = events.len() as u64;
            hold(app, reading, lease, collected, &events, reason).await?;
        }
    }
    comparison_done(app, reading, lease, are_held).await
}

async fn hold(
    app: &App,
    reading: &Reading,
    lease: &Lease,
    collected: Option<HeldDeletions>,
    events: &[Event],
    reason: String,
) -> Result<(), AppError> {
    let mut ids: Vec<Id> = events.iter().map(|event| event.id).collect();
    ids.sort();
    let unchanged = collected.as_ref().is_some_and(|held| {
        held.state == HeldState::Waiting && held.event_ids == ids && held.reason == reason
    });
    if unchanged {
        return Ok(());
    }
    let mut batch = Batch::new();
    batch.writes.push(lease.fence(app, LEASE_MS));
    let expected = collected.as_ref().map(|held| held.revision);
    let mut held = HeldDeletions {
        id: collected.as_ref().map_or_else(|| app.new_id(), |held| held.id),
        user_id: reading.calendar.user_id,
        calendar_id: reading.calendar.id,
        provider: PROVIDER.to_owned(),
        state: HeldState::Waiting,
        event_ids: ids,
        reason,
        created_at: collected.as_ref().map_or(model::documents::UNSET, |held| held.created_at),
        updated_at: model::documents::UNSET,
        revision: expected.unwrap_or(0),
    };
    held.touch(app.now());
    match expected {
        Some(revision) => batch.replace(&held, revision)?,
        None => batch.insert(&held)?,
    }
    Ok(app.store().commit(batch).await?)
}

/// A complete read was compared: the next run need not begin from the start. When nothing is left of what a restore
/// made doubtful, deletions are followed again as ever.
async fn comparison_done(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    are_held: bool,
) -> Result<(), AppError> {
    let Some(saved) = reading.saved.clone() else { return Ok(()) };
    let mut cursor = saved.clone();
    cursor.compare_due = saved.compare_due && !reading.is_complete;
    if !cursor.compare_due && !are_held {
        cursor.hold_deletions = None;
    }
    if cursor == saved {
        return Ok(());
    }
    cursor.touch(app.now());
    let mut batch = Batch::new();
    batch.writes.push(lease.fence(app, LEASE_MS));
    batch.replace(&cursor, saved.revision)?;
    app.store().commit(batch).await?;
    reading.saved = Some(cursor);
    Ok(())
}

/// Removes events here: into the recoverable state when they carry internal data, else away. Links go, counts follow.
pub(super) async fn remove(
    app: &App,
    lease: Option<&Lease>,
    user_id: Id,
    events: &[Event],
) -> Result<(), AppError> {
    let events = living(app, lease, events.to_vec()).await?;
    let mut batch = Batch::new();
    if let Some(lease) = lease {
        batch.writes.push(lease.fence(app, LEASE_MS));
    }
    let mut usage = Deltas::default();
    for event in &events {
        write_removal(app, &mut batch, &mut usage, event)?;
    }
    names::count(app, user_id, &usage, CategoryType::External, &mut batch).await?;
    Ok(app.store().commit(batch).await?)
}

/// The same events, those in the archive brought back: they are removed, or kept, among the living.
pub(super) async fn living(
    app: &App,
    lease: Option<&Lease>,
    events: Vec<Event>,
) -> Result<Vec<Event>, AppError> {
    let ids: Vec<Id> = events.iter().map(|event| event.id).collect();
    let values = ids.iter().copied().map(Value::Id).collect();
    let archived = archive::of(app, Filter::In("_id", values)).await?;
    if archived.is_empty() {
        return Ok(events);
    }
    let lease = lease.map(|lease| (lease, LEASE_MS));
    let archived: Vec<Id> = archived.into_iter().map(|one| one.event.id).collect();
    archive::bring_back(app, lease, Mover::Source(Source::Outlook), archived).await?;
    read_events(app, &ids).await
}

/// The writes that remove one event.
pub(super) fn write_removal(
    app: &App,
    batch: &mut Batch,
    usage: &mut Deltas,
    event: &Event,
) -> Result<(), AppError> {
    usage.add(Some(event), None);
    batch.delete(&SYNC_LINKS, Filter::eq("event_id", event.id));
    if event.has_internal_data() {
        let mut removed = event.clone();
        removed.removed_at = Some(app.now());
        removed.derive();
        removed.touch(app.now());
        batch.replace(&removed, event.revision)?;
    } else {
        batch.require(&EVENTS, Filter::eq("_id", event.id).and(Filter::eq("revision", event.revision)));
        batch.delete(&EVENTS, Filter::eq("_id", event.id));
    }
    audit::removed(app, batch, event)
}

/// Events by id, also those in the archive.
async fn read_events(app: &App, ids: &[Id]) -> Result<Vec<Event>, AppError> {
    Ok(archive::by_id(app, ids).await?.events)
}
