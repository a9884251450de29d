//! Finding events wherever they are: among the living, or in the archive.

use std::collections::{HashMap, HashSet};

use model::Id;
use model::documents::{ArchivedEvent, Event};
use store::{Filter, TypedStore, Value};

use crate::{App, AppError};

/// Ids in one query.
const IDS_A_QUERY: usize = 200;

/// Events, and which of them are in the archive.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The events, archived ones as they were.
    pub(crate) events: Vec<Event>,
    /// Those that are in the archive.
    pub(crate) archived: HashSet<Id>,
}

/// The events with these ids. Living ones are looked for first: one that comes back between the two questions is then
/// missed here and collides later, where one that leaves would be taken for new.
pub(crate) async fn by_id(app: &App, ids: &[Id]) -> Result<Found, AppError> {
    let mut found = Found::default();
    for ids in ids.chunks(IDS_A_QUERY) {
        let living: Vec<Event> = app.store().all(any(ids)).await?;
        let known: HashSet<Id> = living.iter().map(|event| event.id).collect();
        let missing: Vec<Id> = ids.iter().copied().filter(|id| !known.contains(id)).collect();
        found.events.extend(living);
        found.add_archived(of(app, any(&missing)).await?);
    }
    Ok(found)
}

/// The events that match, each once. Matching is asked of both collections.
pub(crate) async fn everywhere(app: &App, filter: Filter) -> Result<Found, AppError> {
    let mut found = Found { events: app.store().all(filter.clone()).await?, archived: HashSet::new() };
    let known: HashSet<Id> = found.events.iter().map(|event| event.id).collect();
    let archived = of(app, filter).await?;
    found.add_archived(archived.into_iter().filter(|one| !known.contains(&one.event.id)).collect());
    Ok(found)
}

/// The archived events that match.
pub(crate) async fn of(app: &App, filter: Filter) -> Result<Vec<ArchivedEvent>, AppError> {
    if matches!(&filter, Filter::In(_, values) if values.is_empty()) {
        return Ok(Vec::new());
    }
    Ok(app.store().all(filter).await?)
}

impl Found {
    fn add_archived(&mut self, archived: Vec<ArchivedEvent>) {
        self.archived.extend(archived.iter().map(|one| one.event.id));
        self.events.extend(archived.into_iter().map(|one| one.event));
    }

    /// The events by id.
    pub(crate) fn into_map(self) -> (HashMap<Id, Event>, HashSet<Id>) {
        (self.events.into_iter().map(|event| (event.id, event)).collect(), self.archived)
    }
}

/// One of these ids.
pub(super) fn any(ids: &[Id]) -> Filter {
    Filter::In("_id", ids.iter().copied().map(Value::Id).collect())
}
