//! What is known of a page's items: their links and events here, and what only asking the provider tells.

use std::collections::{BTreeSet, HashMap, HashSet};

use futures::{StreamExt, TryStreamExt};
use model::Id;
use model::documents::{Event, SyncLink};
use providers::contract::ProviderError;
use store::{Filter, TypedStore, Value};
use sync::plan::{Known, entry_id, is_there, keep_latest};
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind};

use super::pages::PROVIDER;
use super::reading::Reading;
use super::request::{Mailbox, REQUESTS_AT_ONCE};
use crate::{App, AppError, archive};

/// Values in one `In` filter.
const CHUNK: usize = 200;

/// What is known of a page.
pub(super) struct Gathered {
    /// All that is here about them.
    pub(super) known: Known,
    /// Which of the events here are in the archive.
    pub(super) archived: HashSet<Id>,
    /// Which of the events here the page says are there.
    pub(super) met: HashSet<Id>,
}

/// Gathers what is known of a page's entries, and completes them: series with their cancelled dates, exceptions with their
/// series.
pub(super) async fn gather(
    app: &App,
    reading: &Reading,
    entries: &mut Vec<RemoteEntry>,
) -> Result<Gathered, AppError> {
    keep_latest(entries);
    let mut known = Known { is_complete: reading.is_complete, ..Known::default() };
    let mut archived = HashSet::new();
    let mut wanted: BTreeSet<String> = entries.iter().filter_map(entry_id).map(str::to_owned).collect();
    wanted.extend(entries.iter().filter_map(master_id).map(str::to_owned));
    wanted.extend(entries.iter().filter_map(series_of_occurrence).map(str::to_owned));
    load_linked(app, reading, wanted, &mut known, &mut archived).await?;
    add_missing_masters(app, reading, entries, &known).await?;
    complete_series(app, &reading.mailbox, entries, |id| Some(&known.linked.get(id)?.0)).await?;
    load_unlinked(app, reading, entries, &mut known, &mut archived).await?;
    load_exceptions(app, &mut known, &mut archived).await?;
    as_planned(reading, &mut known);
    let items = known.exceptions.values().flatten().filter_map(|event| event.outlook_event_id.as_ref());
    known.met = items.filter(|item| reading.seen.has(item)).cloned().collect();
    let told = entries.iter().filter(|entry| is_there(entry)).filter_map(entry_id);
    let linked = |item: &str| known.linked.get(item).map(|(_, event)| event.id);
    let met = told.filter_map(|item| linked(item).or_else(|| known.unlinked.get(item).map(|event| event.id)));
    let met = met.collect();
    Ok(Gathered { known, archived, met })
}

/// What a plan that is not applied has made of the exceptions of these series.
fn as_planned(reading: &Reading, known: &mut Known) {
    if reading.planned.is_empty() {
        return;
    }
    let series: HashSet<Id> = known.linked.values().map(|(_, event)| event.id).collect();
    for (_, event) in reading.planned.values() {
        let Some(master) = event.recurrence_master_id.filter(|id| series.contains(id)) else { continue };
        let exceptions = known.exceptions.entry(master).or_default();
        exceptions.retain(|other: &Event| other.id != event.id);
        exceptions.push(event.clone());
    }
}

/// The series that an entry belongs to, when it is an exception.
fn master_id(entry: &RemoteEntry) -> Option<&str> {
    match entry {
        RemoteEntry::Event(event) => match &event.kind {
            RemoteKind::Exception { series_master_id, .. } => Some(series_master_id),
            _ => None,
        },
        _ => None,
    }
}

/// The series of a plain occurrence: what is linked to one was an exception of it.
fn series_of_occurrence(entry: &RemoteEntry) -> Option<&str> {
    match entry {
        RemoteEntry::Occurrence { series_master_id, .. } => Some(series_master_id),
        _ => None,
    }
}

fn master(entry: &RemoteEntry) -> Option<&RemoteEvent> {
    match entry {
        RemoteEntry::Event(event) if matches!(event.kind, RemoteKind::Master { .. }) => Some(event),
        _ => None,
    }
}

async fn load_linked(
    app: &App,
    reading: &Reading,
    wanted: BTreeSet<String>,
    known: &mut Known,
    archived: &mut HashSet<Id>,
) -> Result<(), AppError> {
    for item in &wanted {
        if let Some(planned) = reading.planned.get(item) {
            known.linked.insert(item.clone(), planned.clone());
        }
    }
    let wanted: Vec<String> = wanted.into_iter().filter(|item| !known.linked.contains_key(item)).collect();
    for ids in wanted.chunks(CHUNK) {
        let links = links(app, reading.calendar.id, ids).await?;
        let event_ids: Vec<Id> = links.iter().map(|link| link.event_id).collect();
        let (mut events, in_archive) = archive::by_id(app, &event_ids).await?.into_map();
        archived.extend(in_archive);
        for link in links {
            if let Some(event) = events.remove(&link.event_id) {
                known.linked.insert(link.provider_item_id.clone(), (link, event));
            }
        }
    }
    Ok(())
}

async fn links(app: &App, calendar_id: Id, items: &[String]) -> Result<Vec<SyncLink>, AppError> {
    let filter = Filter::eq("calendar_id", calendar_id)
        .and(Filter::eq("provider", PROVIDER))
        .and(Filter::In("provider_item_id", texts(items)));
    Ok(app.store().all(filter).await?)
}

async fn load_unlinked(
    app: &App,
    reading: &Reading,
    entries: &[RemoteEntry],
    known: &mut Known,
    archived: &mut HashSet<Id>,
) -> Result<(), AppError> {
    let unknown: Vec<String> = entries
        .iter()
        .filter(|entry| matches!(entry, RemoteEntry::Event(_)))
        .filter_map(entry_id)
        .filter(|id| !known.linked.contains_key(*id))
        .map(str::to_owned)
        .collect();
    for ids in unknown.chunks(CHUNK) {
        // By these ids alone: with the owner as a second condition an engine may read all of the owner's events.
        let found = archive::everywhere(app, Filter::In("outlook_event_id", texts(ids))).await?;
        archived.extend(found.archived);
        let own = found.events.into_iter().filter(|event| event.user_id == reading.calendar.user_id);
        known.unlinked.extend(own.filter_map(|event| Some((event.outlook_event_id.clone()?, event))));
    }
    Ok(())
}

async fn load_exceptions(app: &App, known: &mut Known, archived: &mut HashSet<Id>) -> Result<(), AppError> {
    let masters: Vec<Value> = known
        .linked
        .values()
        .map(|(_, event)| event)
        .chain(known.unlinked.values())
        .filter(|event| event.is_recurring)
        .map(|event| Value::Id(event.id))
        .collect();
    for ids in masters.chunks(CHUNK) {
        let found = archive::everywhere(app, Filter::In("recurrence_master_id", ids.to_vec())).await?;
        archived.extend(found.archived);
        for exception in found.events {
            if let Some(master) = exception.recurrence_master_id {
                known.exceptions.entry(master).or_default().push(exception);
            }
        }
    }
    Ok(())
}

/// An exception may come before its series, or without it: then the series is asked for.
async fn add_missing_masters(
    app: &App,
    reading: &Reading,
    entries: &mut Vec<RemoteEntry>,
    known: &Known,
) -> Result<(), AppError> {
    let here: HashSet<&str> = entries.iter().filter_map(master).map(|event| event.id.as_str()).collect();
    let missing: BTreeSet<String> = entries
        .iter()
        .filter_map(master_id)
        .filter(|id| !here.contains(id) && !known.linked.contains_key(*id))
        .map(str::to_owned)
        .collect();
    for id in missing {
        if let Some(event) = fetch(app, &reading.mailbox, &id).await? {
            entries.push(event);
        }
    }
    Ok(())
}

/// Completes the series of a page that waits to be planned, so that planning it waits for no answers.
pub(super) async fn complete_ahead(
    app: &App,
    mailbox: &Mailbox,
    entries: &mut [RemoteEntry],
) -> Result<(), AppError> {
    let series: Vec<String> = entries.iter().filter_map(master).map(|event| event.id.clone()).collect();
    let mut known: HashMap<String, SyncLink> = HashMap::new();
    for ids in series.chunks(CHUNK) {
        let links = links(app, mailbox.calendar_id, ids).await?;
        known.extend(links.into_iter().map(|link| (link.provider_item_id.clone(), link)));
    }
    complete_series(app, mailbox, entries, |id| known.get(id)).await
}

/// Which dates of a series were cancelled stands in no list: a series that moved is asked for by its id. One whose
/// mark did not move keeps the dates that were agreed on, if any were: where they could not be read it is asked again.
async fn complete_series<'a>(
    app: &App,
    mailbox: &Mailbox,
    entries: &mut [RemoteEntry],
    link_of: impl Fn(&str) -> Option<&'a SyncLink>,
) -> Result<(), AppError> {
    let mut to_ask = Vec::new();
    for (index, entry) in entries.iter_mut().enumerate() {
        let RemoteEntry::Event(event) = entry else { continue };
        let RemoteKind::Master { recurrence } = &mut event.kind else { continue };
        if recurrence.cancelled.is_some() {
            continue;
        }
        let agreed = link_of(&event.id)
            .and_then(|link| serde_json::from_value::<RemoteEvent>(link.agreed.clone()).ok())
            .filter(|agreed| agreed.etag.is_some() && agreed.etag == event.etag);
        recurrence.cancelled = agreed.and_then(|agreed| match agreed.kind {
            RemoteKind::Master { recurrence } => recurrence.cancelled,
            _ => None,
        });
        if recurrence.cancelled.is_none() {
            to_ask.push((index, event.id.clone()));
        }
    }
    let answers: Vec<(usize, String, Option<RemoteEntry>)> = futures::stream::iter(to_ask)
        .map(|(index, id)| async move { fetch(app, mailbox, &id).await.map(|entry| (index, id, entry)) })
        .buffered(REQUESTS_AT_ONCE)
        .try_collect()
        .await?;
    for (index, id, answer) in answers {
        if let Some(slot) = entries.get_mut(index) {
            *slot = answer.unwrap_or(RemoteEntry::Removed { id });
        }
    }
    Ok(())
}

/// One item by id. What cannot be understood about it becomes an unreadable entry; only what concerns the whole
/// connection is an error.
async fn fetch(app: &App, mailbox: &Mailbox, id: &str) -> Result<Option<RemoteEntry>, AppError> {
    match mailbox.item(app, id).await {
        Err(AppError::Provider(ProviderError::GiveUp { code, message })) => {
            Ok(Some(RemoteEntry::Unreadable { id: Some(id.to_owned()), code, reason: message }))
        }
        outcome => outcome,
    }
}

fn texts(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| Value::Text(id.clone())).collect()
}
