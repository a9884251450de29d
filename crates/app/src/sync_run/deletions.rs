//! Deletions: collected through a run, confirmed by asking, judged together, followed or held for a person.
//!
//! What removes an event here is never a failed or short read: the provider reported it, or left it out of what it told
//! again, or a complete read did not meet it, and then, asked for the event by id, it answered that it does not exist.

use std::collections::{HashMap, HashSet};

use model::Id;
use model::documents::{Event, Record, SyncError};
use store::Batch;
use sync::guard::Verdict;
use sync::remote::RemoteEntry;

use super::candidates::{absent, read_events, unlinked_exceptions};
use super::confirm::{Confirmed, Reset, confirm};
use super::hold::Hold;
use super::log::Log;
use super::pages::{self, MOST_REPLANS, may_replan};
use super::reading::Reading;
use super::run::LEASE_MS;
use super::{RunState, removal};
use crate::lease::Lease;
use crate::{App, AppError};

/// More than this many candidates are held without asking for each: the guard would hold them anyway.
const MOST_QUESTIONS: usize = 50;
/// Removals in one commit, and events in one reading.
const CHUNK: usize = 200;
/// So many that could not be asked for are asked for again by the next run. What is beyond is found when everything is
/// compared.
const MOST_REFUSED: usize = 20;

/// What is to happen with the candidates of a run.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// These are gone; remove them.
    pub(super) follow: Vec<Event>,
    /// These are no exceptions any more. Nothing is hidden by that, so that nobody needs to be asked.
    pub(super) reset: Vec<Reset>,
    /// These are too many, and a person decides.
    pub(super) hold: Vec<Event>,
    /// These are there, and what they are was told with that.
    pub(super) there: Vec<RemoteEntry>,
    /// Why, in words.
    pub(super) reason: Option<String>,
    /// What could not be asked for.
    pub(super) refused: Vec<(Id, SyncError)>,
}

/// Confirms the candidates by asking for each, and judges what is left, together with what waits for a person already.
pub(super) async fn judge(
    app: &App,
    reading: &Reading,
    candidates: Vec<Event>,
    hold: &Hold,
) -> Result<Judgement, AppError> {
    let with_series = unlinked_exceptions(app, &candidates).await?;
    // One that went to another calendar of the person meanwhile is that one's.
    let is_doubtful = |event: &Event| {
        event.removed_at.is_none()
            && event.calendar_id == reading.calendar.id
            && !hold.waiting.contains(&event.id)
    };
    let all = candidates.into_iter().chain(with_series).filter(is_doubtful);
    let unique: HashMap<Id, Event> = all.map(|event| (event.id, event)).collect();
    let mut events: Vec<Event> = unique.into_values().collect();
    events.sort_by_key(|event| event.id);
    let new = events.iter().filter(|event| !reading.refused_before.contains(&event.id));
    let Confirmed { gone, reset, there, refused } = if new.count() > MOST_QUESTIONS {
        Confirmed { gone: events, ..Confirmed::default() }
    } else {
        confirm(app, &reading.mailbox, events).await?
    };
    let judgement = Judgement { reset, there, refused, ..Judgement::default() };
    if gone.is_empty() {
        return Ok(judgement);
    }
    let reason = match sync::guard::judge(gone.len() + hold.waiting.len(), reading.linked_before) {
        Verdict::Follow if holds_all(reading) => {
            "the store was restored from a backup: what Outlook does not have may have \
                                                  been deleted there since, or never have reached it"
                .to_owned()
        }
        Verdict::Follow => return Ok(Judgement { follow: gone, ..judgement }),
        Verdict::Hold(reason) => reason,
    };
    Ok(Judgement { hold: gone, reason: Some(reason), ..judgement })
}

/// After a restore a person decides, however few they are.
fn holds_all(reading: &Reading) -> bool {
    reading.saved.as_ref().is_some_and(|saved| saved.hold_deletions == Some(true))
}

/// Settles the deletions of a run that came to its end; again when somebody changed one of the events meanwhile.
pub(super) async fn settle(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    run: &mut RunState,
    log: &mut Log,
) -> Result<(), AppError> {
    let mut replans = 0;
    loop {
        match settle_once(app, reading, lease, run, log).await {
            Err(AppError::Store(error)) if may_replan(&error) && replans < MOST_REPLANS => replans += 1,
            outcome => return outcome,
        }
    }
}

async fn settle_once(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    run: &mut RunState,
    log: &mut Log,
) -> Result<(), AppError> {
    let mut hold = Hold::read(app, reading.calendar.id).await?;
    no_longer_waiting(app, reading, &mut hold).await?;
    let collected: Vec<Id> = hold.collected.iter().copied().collect();
    let mut candidates = read_events(app, &collected).await?;
    candidates.extend(absent(app, reading).await?);
    let judgement = judge(app, reading, candidates, &hold).await?;
    for chunk in judgement.reset.chunks(CHUNK) {
        let batch = removal::batch(app, Some(lease), reading.calendar.user_id, &[], chunk).await?;
        app.store().commit(batch).await?;
        let kept = chunk.iter().filter(|reset| reset.after.is_some()).count() as u64;
        run.events_updated += kept;
        run.events_deleted += chunk.len() as u64 - kept;
    }
    for chunk in judgement.follow.chunks(CHUNK) {
        let batch = removal::batch(app, Some(lease), reading.calendar.user_id, chunk, &[]).await?;
        app.store().commit(batch).await?;
        run.events_deleted += chunk.len() as u64;
    }
    let judged = hold.collected.clone();
    if pages::apply_told(app, reading, lease, judgement.there, run, log).await? {
        hold = Hold::read(app, reading.calendar.id).await?;
        no_longer_waiting(app, reading, &mut hold).await?;
    }
    let refused = judgement.refused.iter().map(|(id, _)| *id).take(MOST_REFUSED);
    hold.judged(&judged, judgement.hold.iter().map(|event| event.id), refused, judgement.reason);
    let mut batch = Batch::new();
    hold.write(app, &reading.calendar, &mut batch)?;
    if !batch.is_empty() {
        batch.writes.insert(0, lease.fence(app, LEASE_MS));
        app.store().commit(batch).await?;
    }
    run.events_held = hold.waiting.len() as u64;
    run.events_newly_held = judgement.hold.len() as u64;
    // What is refused again and again is said once, and to whoever asks.
    let mut refused = judgement.refused;
    refused.retain(|(id, _)| reading.is_asked_for || !reading.refused_before.contains(id));
    run.events_failed += refused.len() as u64;
    log.refuse(refused.into_iter().map(|(_, error)| error).collect());
    comparison_done(app, reading, lease, hold.is_doubtful()).await
}

/// What waits and was removed here meanwhile, or is in another calendar now, has nothing to wait for.
async fn no_longer_waiting(app: &App, reading: &Reading, hold: &mut Hold) -> Result<(), AppError> {
    let waiting: Vec<Id> = hold.waiting.iter().copied().collect();
    for ids in waiting.chunks(CHUNK) {
        let events = read_events(app, ids).await?;
        let still = events
            .into_iter()
            .filter(|event| event.removed_at.is_none() && event.calendar_id == reading.calendar.id);
        let still: HashSet<Id> = still.map(|event| event.id).collect();
        hold.forget(ids.iter().copied().filter(|id| !still.contains(id)));
    }
    Ok(())
}

/// A complete read was compared: the next run need not begin from the start. When nothing is left of what a restore
/// made doubtful, deletions are followed again as ever.
async fn comparison_done(
    app: &App,
    reading: &mut Reading,
    lease: &Lease,
    is_doubtful: bool,
) -> Result<(), AppError> {
    let Some(saved) = reading.saved.clone() else { return Ok(()) };
    let mut cursor = saved.clone();
    cursor.compare_due = saved.compare_due && !reading.is_complete;
    if !cursor.compare_due && !is_doubtful {
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
