//! The two moves: into the archive and back. Each is one commit with the usage counts and the audit entries.

use std::collections::{BTreeMap, BTreeSet};

use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::documents::{ArchivedEvent, CategoryType, Event, Record};
use serde_json::json;
use store::{Batch, Filter, Value};

use super::find;
use crate::accounts::audit::Entry;
use crate::lease::Lease;
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError, Caller, Notice, Source};

/// Ids in one query.
const IDS_A_QUERY: usize = 200;

/// Who moves events.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mover<'a> {
    /// A person, or the operator.
    Caller(&'a Caller),
    /// A read from Outlook, or the nightly job.
    Source(Source),
}

impl Mover<'_> {
    fn entry(self, action: &'static str, event: &Event) -> Entry {
        let entry = Entry::new(action, &EVENTS, event.id).about(event.user_id);
        match self {
            Self::Caller(caller) => entry.caller(caller),
            Self::Source(source) => entry.from(source),
        }
    }
}

/// The writes that move living events of one owner to the archive. They fail when one of them was changed meanwhile.
pub(super) async fn archive(
    app: &App,
    mover: Mover<'_>,
    owner: Id,
    events: &[&Event],
    batch: &mut Batch,
) -> Result<(), AppError> {
    // Kind by kind: neighbours of one kind travel together, where each round trip counts.
    let mut usage = Deltas::default();
    for event in events {
        batch.require(&EVENTS, at_revision(event.id, event.revision));
        usage.add(Some(event), None);
    }
    for events in events.chunks(IDS_A_QUERY) {
        let ids = events.iter().map(|event| Value::Id(event.id)).collect();
        batch.delete(&EVENTS, Filter::In("_id", ids));
    }
    let archived_at = app.now();
    for event in events {
        let mut archived = ArchivedEvent { event: (*event).clone(), archived_at };
        archived.touch(archived_at);
        batch.insert(&archived)?;
    }
    for event in events {
        let changes = json!({"archived_at": {"after": archived_at}});
        mover.entry("event.archived", event).changes(changes).add(app, batch)?;
    }
    names::count(app, owner, &usage, CategoryType::Internal, batch).await
}

/// Brings events back from the archive, series with their exceptions. Answers the events that live now; what is not in
/// the archive is left out. `lease` is fenced for so many milliseconds when it is given.
pub(crate) async fn bring_back(
    app: &App,
    lease: Option<(&Lease, i64)>,
    mover: Mover<'_>,
    ids: impl IntoIterator<Item = Id>,
) -> Result<Vec<Event>, AppError> {
    let groups = groups(app, ids.into_iter().collect()).await?;
    let mut by_owner: BTreeMap<Id, Vec<ArchivedEvent>> = BTreeMap::new();
    for archived in groups {
        by_owner.entry(archived.event.user_id).or_default().push(archived);
    }
    let mut back = Vec::new();
    for (owner, archived) in by_owner {
        let mut batch = Batch::new();
        batch.writes.extend(lease.map(|(lease, for_ms)| lease.fence(app, for_ms)));
        let mut usage = Deltas::default();
        let mut calendars = BTreeSet::new();
        for ArchivedEvent { event: before, archived_at } in archived {
            batch.require(&EVENTS_ARCHIVE, at_revision(before.id, before.revision));
            batch.delete(&EVENTS_ARCHIVE, Filter::eq("_id", before.id));
            let mut event = before;
            event.unarchived_at = Some(app.now());
            event.touch(app.now());
            batch.insert(&event)?;
            usage.add(None, Some(&event));
            calendars.insert(event.calendar_id);
            let changes = json!({"archived_at": {"before": archived_at}});
            mover.entry("event.unarchived", &event).changes(changes).add(app, &mut batch)?;
            back.push(event);
        }
        names::count(app, owner, &usage, CategoryType::Internal, &mut batch).await?;
        app.store().commit(batch).await?;
        for calendar_id in calendars {
            app.hub().publish(owner, Notice::CalendarChanged { calendar_id });
        }
    }
    Ok(back)
}

/// These archived events and all that moves with them.
async fn groups(app: &App, ids: Vec<Id>) -> Result<Vec<ArchivedEvent>, AppError> {
    let mut all: BTreeMap<Id, ArchivedEvent> = BTreeMap::new();
    for ids in ids.chunks(IDS_A_QUERY) {
        let asked = find::of(app, find::any(ids)).await?;
        let heads: BTreeSet<Id> =
            asked.iter().map(|one| one.event.recurrence_master_id.unwrap_or(one.event.id)).collect();
        let heads: Vec<Id> = heads.into_iter().collect();
        let exceptions = heads.iter().copied().map(Value::Id).collect();
        let masters = find::of(app, find::any(&heads)).await?;
        let exceptions = find::of(app, Filter::In("recurrence_master_id", exceptions)).await?;
        all.extend(asked.into_iter().chain(masters).chain(exceptions).map(|one| (one.event.id, one)));
    }
    Ok(all.into_values().collect())
}

fn at_revision(id: Id, revision: i64) -> Filter {
    Filter::eq("_id", id).and(Filter::eq("revision", revision))
}
