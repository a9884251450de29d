//! Deleting somebody, or a calendar, with all that is theirs here, however much it is.
//!
//! What is little goes in one commit. What is much is marked first: whoever is marked cannot sign in, and nothing is read
//! or made for them any more. Then it goes in bounded commits, what refers before what is referred to, the names that events
//! say after the events, and last the marked document itself. Each of these commits is under a lease and needs the mark, and
//! moves the usage counts by what it deletes, so that a process that dies anywhere leaves what the same call, or the job at
//! a server's start, finishes.

use std::sync::Arc;

use model::Id;
use model::collections::{CALENDARS, CATEGORIES, EVENTS, LEASES, LOCATIONS, USERS};
use model::documents::{Calendar, CategoryType, Event, User};
use model::schema::Collection;
use store::{Batch, Document, Filter, Query, StoreError, TypedStore, Value, Write, cascade};

use crate::lease::{Lease, OF_DELETION};
use crate::records::changes::{ATTEMPTS, is_race};
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError, Notice};

/// Documents of one collection in one commit. As many of each are little.
const BATCH: u32 = 200;
const LEASE_MS: i64 = 60_000;
const PATIENCE_MS: u64 = 65_000;
const MARK: &str = "deletion_requested_at";

/// Hears how many documents are gone so far.
pub type Told = Arc<dyn Fn(u64) + Send + Sync>;

/// For a deletion that nobody looks at.
pub(crate) fn nobody() -> Told {
    Arc::new(|_| {})
}

/// What is deleted with all that refers to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parent {
    collection: &'static Collection,
    id: Id,
    owner: Id,
}

impl Parent {
    /// A person.
    pub(crate) fn user(id: Id) -> Self {
        Self { collection: &USERS, id, owner: id }
    }

    /// A calendar of this person.
    pub(crate) fn calendar(id: Id, owner: Id) -> Self {
        Self { collection: &CALENDARS, id, owner }
    }

    fn marked(&self) -> Filter {
        Filter::eq("_id", self.id).and(Filter::Exists(MARK, true))
    }

    /// What marks it, if it is still at the revision at which that was decided.
    fn mark(&self, app: &App, revision: i64) -> Write {
        let shut =
            if self.collection.name == USERS.name { ("is_disabled", true) } else { ("is_active", false) };
        Write::Update {
            collection: self.collection,
            filter: Filter::eq("_id", self.id).and(Filter::eq("revision", revision)),
            set: vec![(MARK, Value::Instant(app.now())), (shut.0, Value::Bool(shut.1))],
            add: Vec::new(),
            must_match: true,
        }
    }
}

/// Deletes it. `decided` is what belongs to the decision: conditions, the audit entry; it is committed once, at the
/// revision of the document at which it was decided. `marking` is written besides when much has to go.
pub(crate) async fn delete(
    app: &App,
    parent: Parent,
    revision: i64,
    mut decided: Batch,
    marking: Batch,
    told: Told,
) -> Result<(), AppError> {
    if is_little(app, parent).await? {
        let same = Filter::eq("_id", parent.id).and(Filter::eq("revision", revision));
        decided.require(parent.collection, same);
        decided.writes.push(end_leases(app, parent).await?);
        sweep(app, parent, &mut decided).await?;
        app.store().commit(decided).await?;
        late_events(app, parent).await;
        return Ok(());
    }
    decided.writes.push(parent.mark(app, revision));
    decided.writes.extend(marking.writes);
    decided.writes.push(end_leases(app, parent).await?);
    app.store().commit(decided).await?;
    finish_in_any_case(app, parent, told).await
}

/// Goes on with what was marked. A caller that goes away, such as a request that takes too long, does not stop it.
pub(crate) async fn finish_in_any_case(app: &App, parent: Parent, told: Told) -> Result<(), AppError> {
    let app = app.clone();
    let work = tokio::spawn(async move { finish(&app, parent, &told).await });
    let outcome = work.await;
    match outcome.map_err(|error| AppError::Internal(format!("a deletion was cut off: {error}")))?? {
        Finish::Gone => Ok(()),
        Finish::Elsewhere => Err(AppError::Conflict {
            code: "conflict",
            detail: "another process is deleting this at this moment; it goes on by itself".to_owned(),
        }),
    }
}

/// Finishes every deletion that was begun and has not come to its end; answers how many. One that fails, or that another
/// process is at, does not keep the others waiting. A job calls it when a server starts, and now and then.
pub async fn resume(app: &App) -> Result<usize, AppError> {
    let marked = || Filter::Exists(MARK, true);
    let calendars: Vec<Calendar> = app.store().all(marked()).await?;
    let users: Vec<User> = app.store().all(marked()).await?;
    let calendars = calendars.iter().map(|calendar| Parent::calendar(calendar.id, calendar.user_id));
    let parents = calendars.chain(users.iter().map(|user| Parent::user(user.id)));
    let mut finished = 0;
    for parent in parents {
        let (collection, id) = (parent.collection.name, parent.id);
        tracing::info!(collection, %id, "a deletion that was begun goes on");
        match finish(app, parent, &nobody()).await {
            Ok(Finish::Gone) => finished += 1,
            Ok(Finish::Elsewhere) => tracing::info!(collection, %id, "another process is deleting it"),
            Err(error) => {
                tracing::warn!(collection, %id, %error, "a deletion could not go on; it is tried again in an hour");
            }
        }
    }
    Ok(finished)
}

/// How it came out.
enum Finish {
    /// All of it is gone.
    Gone,
    /// Another process is at it.
    Elsewhere,
}

async fn finish(app: &App, parent: Parent, told: &Told) -> Result<Finish, AppError> {
    let name = format!("{OF_DELETION}{}:{}", parent.collection.name, parent.id);
    let Some(lease) = Lease::take_patiently(app, &name, LEASE_MS, PATIENCE_MS).await? else {
        return Ok(Finish::Elsewhere);
    };
    let outcome = all_of(app, &lease, parent, told).await;
    if outcome.is_ok() {
        lease.forget(app).await;
    } else {
        lease.release(app).await;
    }
    match outcome {
        Ok(()) => Ok(Finish::Gone),
        Err(error) if is_lost(&error) => Ok(Finish::Elsewhere),
        Err(error) => Err(error),
    }
}

async fn all_of(app: &App, lease: &Lease, parent: Parent, told: &Told) -> Result<(), AppError> {
    let mut gone = 0;
    let mut races = 0;
    while app.store().count(parent.collection, parent.marked()).await? > 0 {
        for (collection, field) in referring(parent) {
            while let Some(batch) = much_of(app, parent, collection, field).await? {
                if commit(app, lease, parent, batch, &mut races).await? {
                    gone += u64::from(app.settings().step(BATCH));
                    told(gone);
                }
            }
        }
        if !is_little(app, parent).await? {
            continue;
        }
        let mut last = Batch::new();
        // A sync may have looked in meanwhile.
        last.writes.push(end_leases(app, parent).await?);
        sweep(app, parent, &mut last).await?;
        last.writes.push(lease.end());
        if commit(app, lease, parent, last, &mut races).await? {
            late_events(app, parent).await;
        }
    }
    app.hub().publish(parent.owner, Notice::CalendarChanged { calendar_id: parent.id });
    Ok(())
}

/// Whether it was committed. It was not when somebody changed some of it meanwhile: then it is read again.
async fn commit(
    app: &App,
    lease: &Lease,
    parent: Parent,
    mut batch: Batch,
    races: &mut u32,
) -> Result<bool, AppError> {
    let mut guarded = Batch { writes: vec![lease.fence(app, LEASE_MS)] };
    guarded.require(parent.collection, parent.marked());
    guarded.writes.append(&mut batch.writes);
    match app.store().commit(guarded).await.map_err(AppError::from) {
        Ok(()) => {
            *races = 0;
            Ok(true)
        }
        Err(error) if is_race(&error) && !is_lost(&error) && *races < ATTEMPTS => {
            *races += 1;
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Whether somebody else has the lease by now.
fn is_lost(error: &AppError) -> bool {
    matches!(
        error,
        AppError::Store(StoreError::ConditionFailed { collection }) if *collection == LEASES.name
    )
}

fn of(app: &App, parent: Parent, collection: &'static Collection, field: &'static str) -> Query {
    Query::of(collection, Filter::eq(field, parent.id)).limit(app.settings().step(BATCH))
}

/// All that refers to it, in the order in which it goes. Categories and locations are last: no id refers to them, and what
/// an event takes off a count it takes off its owner's own name, as long as that is there.
fn referring(parent: Parent) -> impl Iterator<Item = (&'static Collection, &'static str)> {
    let of_names = |names: bool| {
        cascade::referring(parent.collection).filter(move |(collection, _)| is_of_names(collection) == names)
    };
    of_names(false).chain(of_names(true))
}

fn is_of_names(collection: &Collection) -> bool {
    [CATEGORIES.name, LOCATIONS.name].contains(&collection.name)
}

/// Whether all that refers to it can go in one commit.
async fn is_little(app: &App, parent: Parent) -> Result<bool, AppError> {
    let queries =
        cascade::referring(parent.collection).map(|(collection, field)| of(app, parent, collection, field));
    let pages = app.store().find_many(queries.collect()).await?;
    Ok(pages.iter().all(|page| page.next.is_none()))
}

/// What takes a page of these documents away; `None` when there is no more than that. Somebody's events go to the last one
/// here, so that none of them is left to count for a name that is gone.
async fn much_of(
    app: &App,
    parent: Parent,
    collection: &'static Collection,
    field: &'static str,
) -> Result<Option<Batch>, AppError> {
    let page = app.store().find(of(app, parent, collection, field)).await?;
    let to_the_last = collection.name == EVENTS.name && parent.collection.name == USERS.name;
    if page.documents.is_empty() || (page.next.is_none() && !to_the_last) {
        return Ok(None);
    }
    let mut batch = Batch::new();
    if collection.name == EVENTS.name {
        take_events(app, parent, &page.documents, &mut batch).await?;
        return Ok(Some(batch));
    }
    if is_of_names(collection) {
        // An event that came meanwhile goes first; one that comes later still has changed its name's revision.
        if app.store().count(&EVENTS, Filter::eq("user_id", parent.id)).await? > 0 {
            return Ok(None);
        }
        for name in &page.documents {
            batch.require(collection, at_revision(name));
        }
    }
    let ids = page.documents.iter().map(|document| Value::Id(document.id)).collect();
    batch.delete(collection, Filter::In("_id", ids));
    Ok(Some(batch))
}

fn at_revision(document: &Document) -> Filter {
    Filter::eq("_id", document.id).and(Filter::eq("revision", document.revision))
}

/// What takes the rest away, and the document itself. Of events it takes those that are counted, and no others.
async fn sweep(app: &App, parent: Parent, batch: &mut Batch) -> Result<(), AppError> {
    // Names are looked at before events: an event that comes after this look has changed the revision of the own name that
    // it counts for, so that one that comes too late to be seen here counts for none of those that go.
    for (collection, field) in referring(parent).filter(|(one, _)| is_of_names(one)) {
        for name in app.store().find(of(app, parent, collection, field)).await?.documents {
            batch.require(collection, at_revision(&name));
        }
    }
    for (collection, field) in referring(parent).filter(|(one, _)| one.name == EVENTS.name) {
        let page = app.store().find(of(app, parent, collection, field)).await?;
        take_events(app, parent, &page.documents, batch).await?;
    }
    let of_events =
        |write: &Write| matches!(write, Write::Delete { collection, .. } if collection.name == EVENTS.name);
    let deletions = cascade::deletions(parent.collection, &[parent.id]).into_iter();
    batch.writes.extend(deletions.filter(|write| !of_events(write)));
    Ok(())
}

/// Takes away what came between the last look at the events and the commit. Nothing comes any more: whatever makes an event
/// needs what is gone now. A failure is no failure of the deletion, which is done; the doctor finds what it leaves.
async fn late_events(app: &App, parent: Parent) {
    let mut races = 0;
    loop {
        match some_late_events(app, parent).await {
            Ok(false) => return,
            Ok(true) => races = 0,
            Err(error) if is_race(&error) && races < ATTEMPTS => races += 1,
            Err(error) => {
                tracing::warn!(
                    collection = parent.collection.name, id = %parent.id, %error,
                    "events that came while it was deleted could not be deleted; `callboard doctor` finds them"
                );
                return;
            }
        }
    }
}

/// Whether there were some.
async fn some_late_events(app: &App, parent: Parent) -> Result<bool, AppError> {
    let mut batch = Batch::new();
    for (collection, field) in referring(parent).filter(|(one, _)| one.name == EVENTS.name) {
        let page = app.store().find(of(app, parent, collection, field)).await?;
        take_events(app, parent, &page.documents, &mut batch).await?;
    }
    if batch.is_empty() {
        return Ok(false);
    }
    app.store().commit(batch).await?;
    Ok(true)
}

/// What takes these events away, and off the usage counts, as they were read: it fails when one of them was changed or moved
/// meanwhile. One that cannot be read counts for nothing.
async fn take_events(
    app: &App,
    parent: Parent,
    events: &[Document],
    batch: &mut Batch,
) -> Result<(), AppError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut deltas = Deltas::default();
    for document in events {
        if let Ok(event) = document.typed::<Event>() {
            batch.require(&EVENTS, at_revision(document));
            deltas.add(Some(&event), None);
        }
    }
    names::count(app, parent.owner, &deltas, CategoryType::Internal, batch).await?;
    let ids = events.iter().map(|document| Value::Id(document.id)).collect();
    batch.delete(&EVENTS, Filter::In("_id", ids));
    Ok(())
}

/// What makes every sync under way of these calendars, and every refresh of this connection, write nothing more: their
/// leases are gone.
async fn end_leases(app: &App, parent: Parent) -> Result<Write, AppError> {
    let mut names = Vec::new();
    let mut calendars = vec![parent.id];
    if parent.collection.name == USERS.name {
        names.push(crate::connections::lease_name(parent.id));
        let all: Vec<Calendar> = app.store().all(Filter::eq("user_id", parent.id)).await?;
        calendars = all.into_iter().map(|calendar| calendar.id).collect();
    }
    names.extend(calendars.into_iter().map(crate::sync_run::lease_name));
    let names = names.into_iter().map(Value::Text).collect();
    Ok(Write::Delete { collection: &LEASES, filter: Filter::In("name", names) })
}
