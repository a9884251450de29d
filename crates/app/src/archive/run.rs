//! Moving what is old to the archive: person by person, page by page, each page a commit.
//!
//! It can be stopped anywhere and run again: what is left is found by looking at the events, not by remembering.
//!
//! What cannot be read (somebody changed it with the tools of the database) stays where it is, with what belongs to it, and
//! holds up nothing else.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::SignedDuration;
use model::Id;
use model::collections::{EVENTS, USERS};
use model::documents::{Event, HeldDeletions, SPAN_CLASS_REMOVED, SPAN_CLASSES};
use serde::Serialize;
use store::{Batch, Cursor, Document, Filter, Order, Page, Query, StoreError, TypedStore, Value};

use super::due::{Group, commits};
use super::moves::{self, Mover};
use crate::lease::Lease;
use crate::{App, AppError, Caller, Notice, Source};

const LEASE: &str = "archive";
/// How long a page may take, in milliseconds; each commit begins it anew.
const LEASE_MS: i64 = 60_000;
/// How long somebody who asked waits for a run that is under way, in milliseconds.
const PATIENCE_MS: u64 = 5_000;
/// Events in one reading and, exceptions of series included, in one commit; a series goes whole, however long it is.
const PAGE: u32 = 200;
/// Ids in one query.
const IDS_A_QUERY: usize = 200;
/// How often a page is read again when somebody changed one of its events meanwhile.
const MOST_TRIES: u32 = 5;

/// What a run did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// Events that were moved, exceptions of series included.
    pub events: u64,
    /// How many of them are masters of series.
    pub series: u64,
    /// Old events that others kept changing; the next run moves them.
    pub skipped: u64,
    /// Events that cannot be read and stay, and people whose events stay because something else cannot be; the log has
    /// their ids.
    pub unreadable: u64,
}

/// Hears how many events were moved so far.
pub type Progress<'a> = &'a mut (dyn FnMut(u64) + Send + Sync);

/// Moves every event that ended at least `older_than` ago; with `dry_run` only counts. Endless series never move, nor what
/// waits to be sent or for a person's decision. `caller` is who asked; `None` is the nightly job.
///
/// # Errors
/// `archive_under_way` when another process is at it.
pub async fn run(
    app: &App,
    caller: Option<&Caller>,
    older_than: SignedDuration,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Archived, AppError> {
    let cutoff = app
        .now()
        .checked_sub(older_than)
        .map_err(|_| AppError::field("older_than", "reaches back before all calendars"))?;
    let lease = if dry_run { None } else { Some(take(app).await?) };
    let mover = caller.map_or(Mover::Source(Source::Job), Mover::Caller);
    let done = Archived::default();
    let mut job = Job { app, mover, cutoff, lease, done, unreadable: HashSet::new(), progress };
    let outcome = job.everybody().await;
    if let Some(lease) = job.lease {
        lease.release(app).await;
    }
    outcome.map(|()| Archived { unreadable: job.unreadable.len() as u64, ..job.done })
}

async fn take(app: &App) -> Result<Lease, AppError> {
    Lease::take_patiently(app, LEASE, LEASE_MS, PATIENCE_MS).await?.ok_or_else(|| AppError::Conflict {
        code: "archive_under_way",
        detail: "events are being moved to the archive at this moment; wait until that is done".to_owned(),
    })
}

struct Job<'a> {
    app: &'a App,
    mover: Mover<'a>,
    cutoff: jiff::Timestamp,
    lease: Option<Lease>,
    done: Archived,
    /// Events that cannot be read, and people of whom something else cannot be.
    unreadable: HashSet<Id>,
    progress: Progress<'a>,
}

impl Job<'_> {
    async fn everybody(&mut self) -> Result<(), AppError> {
        let mut after = None;
        loop {
            // Of a person only the id is asked for: whether the rest can be read is nothing to the events.
            let query = Query::of(&USERS, Filter::All(Vec::new())).after(after);
            let page = self.app.store().find(query).await?;
            for user in page.documents {
                for added in [0, SPAN_CLASS_REMOVED] {
                    match self.of_user(user.id, added).await {
                        Err(AppError::Store(StoreError::Malformed { collection, .. })) => {
                            self.unreadable.insert(user.id);
                            tracing::warn!(
                                user_id = %user.id,
                                collection,
                                "old events of a person stay: something beside them cannot be read; `callboard doctor \
                                 --data` names it"
                            );
                        }
                        outcome => outcome?,
                    }
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
            after = page.next;
        }
    }

    /// One person's living events, or with [`SPAN_CLASS_REMOVED`] the removed ones.
    async fn of_user(&mut self, owner: Id, added: i64) -> Result<(), AppError> {
        let mut after: Option<Cursor> = None;
        loop {
            let mut tries = 0;
            let next = loop {
                match self.page(owner, added, after.clone()).await {
                    Ok(next) => break next,
                    Err(error) if is_race(&error) && tries < MOST_TRIES => tries += 1,
                    Err(error) if is_race(&error) => {
                        // Somebody edits without pause: the page waits for the next run.
                        let (next, left) = self.look(owner, added, after.clone()).await?;
                        self.done.skipped +=
                            left.iter().map(|group| group.events().count() as u64).sum::<u64>();
                        break next;
                    }
                    Err(error) => return Err(error),
                }
            };
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// Moves one page, commit by commit. Answers where to go on.
    async fn page(
        &mut self,
        owner: Id,
        added: i64,
        after: Option<Cursor>,
    ) -> Result<Option<Cursor>, AppError> {
        let (next, due) = self.look(owner, added, after).await?;
        for groups in commits(&due, self.app.settings().step(PAGE) as usize) {
            let events: Vec<&Event> = groups.iter().flat_map(Group::events).collect();
            self.move_together(owner, &events).await?;
            self.done.events += events.len() as u64;
            self.done.series += events.iter().filter(|event| event.is_recurring).count() as u64;
            (self.progress)(self.done.events);
        }
        Ok(next)
    }

    /// Moves these in one commit, unless it only counts.
    async fn move_together(&self, owner: Id, events: &[&Event]) -> Result<(), AppError> {
        if let Some(lease) = &self.lease {
            let mut batch = Batch::new();
            batch.writes.push(lease.fence(self.app, LEASE_MS));
            moves::archive(self.app, self.mover, owner, events, &mut batch).await?;
            self.app.store().commit(batch).await?;
            let calendars: BTreeSet<Id> = events.iter().map(|event| event.calendar_id).collect();
            for calendar_id in calendars {
                self.app.hub().publish(owner, Notice::CalendarChanged { calendar_id });
            }
        }
        Ok(())
    }

    /// One page of old events, and which of them are due.
    async fn look(
        &mut self,
        owner: Id,
        added: i64,
        after: Option<Cursor>,
    ) -> Result<(Option<Cursor>, Vec<Group>), AppError> {
        let old = Filter::eq("user_id", owner).and(Filter::Any(self.branches(added).collect()));
        let limit = self.app.settings().step(PAGE);
        let query =
            Query::of(&EVENTS, old).sorted("occupied_from", Order::Ascending).limit(limit).after(after);
        let Page { documents, next } = self.app.store().find(query).await?;
        let page: Vec<Event> = documents.iter().filter_map(|document| self.read(document)).collect();
        // Exceptions go with their series; those whose series is not among the living go alone.
        let masters: BTreeSet<Id> = page.iter().filter_map(|event| event.recurrence_master_id).collect();
        let masters: Vec<Id> = masters.into_iter().collect();
        let mut living = HashSet::new();
        for ids in masters.chunks(IDS_A_QUERY) {
            let found = self.documents(super::find::any(ids)).await?;
            living.extend(found.into_iter().map(|master| master.id));
        }
        let goes_along = |event: &Event| event.recurrence_master_id.is_some_and(|id| living.contains(&id));
        let heads: Vec<Event> = page.into_iter().filter(|event| !goes_along(event)).collect();
        let mut exceptions = self.exceptions(&heads).await?;
        let held = self.held(owner).await?;
        // A series one of whose exceptions cannot be read stays with it.
        let groups = heads.into_iter().filter_map(|head| {
            let exceptions = exceptions.remove(&head.id).unwrap_or(Some(Vec::new()))?;
            Some(Group { head, exceptions })
        });
        Ok((next, groups.filter(|group| group.is_due(self.cutoff, &held)).collect()))
    }

    /// Events that began before the cutoff, class by class; series only when they ended before it.
    fn branches(&self, added: i64) -> impl Iterator<Item = Filter> {
        let cutoff = self.cutoff;
        SPAN_CLASSES.iter().map(move |class| {
            let begun = Filter::eq("span_class", class.number + added)
                .and(Filter::Lt("occupied_from", cutoff.into()));
            if class.is_series { begun.and(Filter::Lt("recurrence_until", cutoff.into())) } else { begun }
        })
    }

    /// The exceptions of these series; `None` where one of them cannot be read.
    async fn exceptions(&mut self, heads: &[Event]) -> Result<BTreeMap<Id, Option<Vec<Event>>>, AppError> {
        let masters: Vec<Id> = heads.iter().filter(|head| head.is_recurring).map(|head| head.id).collect();
        let mut by_master: BTreeMap<Id, Option<Vec<Event>>> = BTreeMap::new();
        for ids in masters.chunks(IDS_A_QUERY) {
            let ids = ids.iter().copied().map(Value::Id).collect();
            for document in self.documents(Filter::In("recurrence_master_id", ids)).await? {
                let exception = self.read(&document);
                let master = match &exception {
                    Some(exception) => exception.recurrence_master_id,
                    None => master_of(&document),
                };
                let Some(master) = master else { continue };
                let of_master = by_master.entry(master).or_insert_with(|| Some(Vec::new()));
                match (exception, of_master) {
                    (Some(exception), Some(exceptions)) => exceptions.push(exception),
                    (_, of_master) => *of_master = None,
                }
            }
        }
        Ok(by_master)
    }

    /// All living events that match, as they are stored.
    async fn documents(&self, filter: Filter) -> Result<Vec<Document>, AppError> {
        let mut documents = Vec::new();
        let mut after = None;
        loop {
            let page = self.app.store().find(Query::of(&EVENTS, filter.clone()).after(after)).await?;
            documents.extend(page.documents);
            if page.next.is_none() {
                return Ok(documents);
            }
            after = page.next;
        }
    }

    /// The event of a document; `None` when it cannot be read, which is told once.
    fn read(&mut self, document: &Document) -> Option<Event> {
        let event = document.typed().ok();
        if event.is_none() && self.unreadable.insert(document.id) {
            tracing::warn!(
                event_id = %document.id,
                "an event cannot be read and is left out of the archive; `callboard doctor --data` says what is wrong"
            );
        }
        event
    }

    async fn held(&self, owner: Id) -> Result<HashSet<Id>, AppError> {
        let held: Vec<HeldDeletions> = self.app.store().all(Filter::eq("user_id", owner)).await?;
        Ok(held.into_iter().flat_map(|held| held.event_ids).collect())
    }
}

/// The series of an exception that cannot be read.
fn master_of(document: &Document) -> Option<Id> {
    let json: serde_json::Value = serde_json::from_str(&document.json).ok()?;
    json.get("recurrence_master_id")?.as_str()?.parse().ok()
}

/// One of the page's events was changed, or a name it counts for was made or deleted; reading again helps. A lost lease
/// does not come back.
fn is_race(error: &AppError) -> bool {
    match error {
        AppError::Store(StoreError::ConditionFailed { collection }) => {
            *collection != model::collections::LEASES.name
        }
        AppError::Store(
            StoreError::RevisionMismatch { .. }
            | StoreError::Duplicate { .. }
            | StoreError::OutcomeUnknown { .. },
        ) => true,
        _ => false,
    }
}
