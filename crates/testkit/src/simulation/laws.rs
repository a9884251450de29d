//! What must hold, after each run and at the end. A broken law is a sentence that names it.

use std::collections::{BTreeMap, BTreeSet};

use app::records::occurrences::{Expansion, Window};
use jiff::Timestamp;
use jiff::civil::Date;
use model::Id;
use model::documents::{
    ArchivedEvent, AuditEntry, Calendar, Category, Event, Lease, Location, SyncCursor, SyncLink, SyncLog,
    SyncStatus,
};
use store::{Filter, Store, StoreError, TypedStore};
use sync::fingerprint::fingerprint;

use super::actors::is_synced;
use super::repeat::{compared_from, occurrences};
use super::world::{Item, World, event, span};

/// Everything of the store that laws speak of.
pub(super) struct Snapshot {
    /// Living, removed and archived ones.
    pub(super) events: Vec<Event>,
    archived: BTreeSet<Id>,
    /// Events that were destroyed because Outlook had deleted them and they had nothing of their own.
    deleted: BTreeSet<Id>,
    pub(super) links: Vec<SyncLink>,
    pub(super) cursors: Vec<SyncCursor>,
    pub(super) logs: Vec<SyncLog>,
    leases: Vec<Lease>,
    categories: Vec<Category>,
    locations: Vec<Location>,
}

impl Snapshot {
    pub(super) async fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let all = || Filter::All(Vec::new());
        let archive: Vec<ArchivedEvent> = store.all(all()).await?;
        let archived = archive.iter().map(|one| one.event.id).collect();
        let mut events: Vec<Event> = store.all(all()).await?;
        events.extend(archive.into_iter().map(|one| one.event));
        events.sort_by_key(|event| event.id);
        let removals: Vec<AuditEntry> = store.all(Filter::eq("action", "event.removed")).await?;
        Ok(Self {
            events,
            archived,
            deleted: removals.into_iter().map(|entry| entry.document_id).collect(),
            links: store.all(all()).await?,
            cursors: store.all(all()).await?,
            logs: store.all(all()).await?,
            leases: store.all(all()).await?,
            categories: store.all(all()).await?,
            locations: store.all(all()).await?,
        })
    }

    /// Events that have a link.
    pub(super) fn linked(&self) -> impl Iterator<Item = Id> + '_ {
        self.links.iter().map(|link| link.event_id)
    }

    /// Events that are here and not removed, by their Outlook ids.
    pub(super) fn by_item(&self) -> BTreeMap<&str, &Event> {
        let live = self.events.iter().filter(|event| event.removed_at.is_none());
        live.filter_map(|event| Some((event.outlook_event_id.as_deref()?, event))).collect()
    }

    /// Outlook ids of the events that are here and not removed.
    pub(super) fn known(&self) -> BTreeSet<String> {
        let live = self.events.iter().filter(|event| event.removed_at.is_none());
        live.filter_map(|event| event.outlook_event_id.clone()).collect()
    }
}

/// What must hold at any moment between two runs.
pub(super) fn always(
    here: &Snapshot,
    world: &World,
    ever_known: &BTreeSet<String>,
    ever_linked: &BTreeSet<Id>,
) -> Vec<String> {
    let mut broken = archive(here, ever_linked);
    let mut by_item: BTreeMap<&str, usize> = BTreeMap::new();
    for id in here.events.iter().filter_map(|event| event.outlook_event_id.as_deref()) {
        *by_item.entry(id).or_default() += 1;
    }
    for (id, count) in by_item.iter().filter(|(_, count)| **count > 1) {
        broken.push(format!("rule 4, nothing is doubled: {id} has {count} documents"));
    }
    for (id, item) in
        world.items.iter().filter(|(id, item)| item.deleted.is_none() && ever_known.contains(*id))
    {
        // What moved may be read in its new calendar later than it went from the old one.
        if !here.known().contains(id) && item.left.is_empty() {
            broken.push(format!(
                "L6, a delete has a warrant: {id} \"{}\" exists in Outlook and was removed here",
                item.title
            ));
        }
    }
    let events: BTreeMap<Id, &Event> = here.events.iter().map(|event| (event.id, event)).collect();
    let mut linked = BTreeSet::new();
    for link in &here.links {
        if !linked.insert(link.event_id) {
            broken.push(format!("rule 4: event {} has two links", link.event_id));
        }
        match events.get(&link.event_id) {
            Some(event) if event.removed_at.is_none() => {}
            _ => broken.push(format!("L12: the link of {} leads to no living event", link.provider_item_id)),
        }
    }
    broken.extend(derived(here));
    broken
}

/// L12: living + removed + archived = ever linked - destroyed, each once, and series together.
fn archive(here: &Snapshot, ever_linked: &BTreeSet<Id>) -> Vec<String> {
    let mut broken = Vec::new();
    let ids: BTreeSet<Id> = here.events.iter().map(|event| event.id).collect();
    // What was removed from a series that is one event now is no part of it any more.
    let series: BTreeSet<Id> =
        here.events.iter().filter(|event| event.is_recurring).map(|event| event.id).collect();
    if ids.len() != here.events.len() {
        broken.push("rule 4: an event is among the living and in the archive".to_owned());
    }
    for id in ever_linked.iter().filter(|id| !ids.contains(id) && !here.deleted.contains(id)) {
        broken.push(format!("L12: event {id} was linked and is nowhere"));
    }
    for event in &here.events {
        let Some(master) = event.recurrence_master_id.filter(|master| series.contains(master)) else {
            continue;
        };
        if here.archived.contains(&event.id) != here.archived.contains(&master) {
            broken.push(format!("L12: exception {} is apart from its series in the archive", event.id));
        }
    }
    broken
}

/// L12: what is derived equals what is rebuilt.
fn derived(here: &Snapshot) -> Vec<String> {
    let mut broken = Vec::new();
    for event in &here.events {
        let mut again = event.clone();
        again.derive();
        if again != *event {
            broken.push(format!("L12: derived fields of {} are not what they should be", event.id));
        }
    }
    let mut uses: BTreeMap<(Id, &str), i64> = BTreeMap::new();
    let mut places: BTreeMap<(Id, &str), i64> = BTreeMap::new();
    let counts = |event: &&Event| event.removed_at.is_none() && !here.archived.contains(&event.id);
    for event in here.events.iter().filter(counts) {
        for name in event.category_uses() {
            *uses.entry((event.user_id, name)).or_default() += 1;
        }
        if let Some(name) = &event.location {
            *places.entry((event.user_id, name)).or_default() += 1;
        }
    }
    // One that is for all counts for everybody who has none of this name.
    let mut compare = |kind: &str, all: Vec<(Option<Id>, &str, i64)>, uses: &BTreeMap<(Id, &str), i64>| {
        let own: BTreeSet<(Id, &str)> =
            all.iter().filter_map(|(owner, name, _)| Some(((*owner)?, *name))).collect();
        for (owner, name, stored) in &all {
            let said = uses.iter().filter(|((_, said), _)| said == name);
            let mine = said.filter(|((who, _), _)| match owner {
                Some(owner) => who == owner,
                None => !own.contains(&(*who, *name)),
            });
            let counted: i64 = mine.map(|(_, count)| count).sum();
            if *stored != counted {
                broken.push(format!("L12: {kind} \"{name}\" says {stored} uses and has {counted}"));
            }
        }
    };
    let categories = here.categories.iter().map(|one| (one.user_id, one.name.as_str(), one.usage_count));
    compare("category", categories.collect(), &uses);
    let locations = here.locations.iter().map(|one| (one.user_id, one.name.as_str(), one.usage_count));
    compare("location", locations.collect(), &places);
    broken
}

/// L19: while a calendar has not been compared since a restore, a run takes no event away unasked. `None` when it has
/// been. An occurrence that its series says is cancelled was not deleted by anybody's absence.
pub(super) fn after_restore(
    before: &Snapshot,
    here: &Snapshot,
    calendars: &[Calendar],
    index: usize,
) -> Option<Vec<String>> {
    let calendar = calendars.get(index)?.id;
    let cursor = before.cursors.iter().find(|cursor| cursor.calendar_id == calendar)?;
    if cursor.hold_deletions != Some(true) {
        return None;
    }
    let of_calendar = before.events.iter().filter(|event| {
        event.calendar_id == calendar && event.removed_at.is_none() && event.recurrence_master_id.is_none()
    });
    let is_here =
        |event: &&Event| here.events.iter().any(|other| other.id == event.id && other.removed_at.is_none());
    let gone = of_calendar.filter(|event| !is_here(event));
    Some(gone.map(|event| format!("L19: a run after a restore removed {} unasked", event.id)).collect())
}

/// What must hold when everything has come to rest.
pub(super) fn at_rest(
    here: &Snapshot,
    world: &World,
    notes: &BTreeMap<Id, String>,
    kept_by_choice: &BTreeSet<Id>,
    now: Timestamp,
) -> Vec<String> {
    let mut broken = Vec::new();
    let by_item = here.by_item();
    for (id, item) in world.items.iter().filter(|(_, item)| is_there(item)) {
        match by_item.get(id.as_str()) {
            None => broken.push(format!("rule 3, nothing is lost: {id} \"{}\" is not here", item.title)),
            Some(event) => {
                broken.extend(differences(id, item, event));
                broken.extend(status(here, id, item, event));
                broken.extend(series(here, world, id, item, event, now));
            }
        }
    }
    for (id, event) in &by_item {
        let is_gone = !world.items.get(*id).is_some_and(is_there);
        if is_gone && !kept_by_choice.contains(&event.id) {
            broken.push(format!("convergence: {id} \"{}\" is gone in Outlook and still here", event.title));
        }
    }
    let events: BTreeMap<Id, &Event> = here.events.iter().map(|event| (event.id, event)).collect();
    for exception in here.events.iter().filter(|event| event.removed_at.is_none()) {
        let Some(series) = exception.recurrence_master_id.and_then(|id| events.get(&id)) else { continue };
        if !series.is_recurring || series.calendar_id != exception.calendar_id {
            broken.push(format!("convergence: exception {} is left of a series elsewhere", exception.id));
        }
    }
    for (id, note) in notes {
        match events.get(id) {
            None => broken.push(format!("rule 3: event {id} with the note \"{note}\" was destroyed")),
            Some(event) if event.internal_notes.as_deref() != Some(note) => {
                broken.push(format!(
                    "L4: the note of {id} is {:?} and should be \"{note}\"",
                    event.internal_notes
                ));
            }
            Some(_) => {}
        }
    }
    for cursor in here.cursors.iter().filter(|cursor| !cursor.is_final || cursor.compare_due) {
        broken.push(format!("L8: the cursor of {} has not come to its end", cursor.calendar_id));
    }
    for lease in here.leases.iter().filter(|lease| lease.expires_at > now) {
        broken.push(format!("L20: the lease {} is held at rest", lease.name));
    }
    broken
}

/// Whether an item exists in a calendar that is read.
fn is_there(item: &Item) -> bool {
    item.deleted.is_none() && is_synced(&item.calendar)
}

/// L11: what is linked says that it is synced, and what was agreed is what Outlook has.
fn status(here: &Snapshot, id: &str, item: &Item, stored: &Event) -> Option<String> {
    let Some(link) = here.links.iter().find(|link| link.event_id == stored.id) else {
        return Some(format!("L11: {id} has no link"));
    };
    if stored.sync_status != SyncStatus::Synced || !stored.sync_errors.is_empty() {
        return Some(format!("L11: {id} is {:?} at rest: {:?}", stored.sync_status, stored.sync_errors));
    }
    let is_agreed = link.provider_item_id == id && link.fingerprint == fingerprint(&event(id, item, true));
    (!is_agreed).then(|| format!("L11: {id} says it is synced, and what was agreed is something else"))
}

/// L13: a series happens at the same times on both sides, over two years.
fn series(
    here: &Snapshot,
    world: &World,
    id: &str,
    item: &Item,
    stored: &Event,
    now: Timestamp,
) -> Option<String> {
    item.rule?;
    let (from, until) = compared_from(now);
    let exceptions: Vec<&Event> = here
        .events
        .iter()
        .filter(|event| event.removed_at.is_none() && event.recurrence_master_id == Some(stored.id))
        .collect();
    let dates = exceptions.iter().filter_map(|event| event.original_date.as_deref()?.parse::<Date>().ok());
    let expansion = Expansion::new(stored.clone(), dates);
    let by_rule = expansion.between(Window { from, until }, false, from);
    // Exceptions that only the house has stand where their series puts them.
    let ours = exceptions.iter().filter(|event| event.outlook_event_id.is_none());
    let mut times: Vec<(Timestamp, Timestamp)> = by_rule
        .map(|occurrence| (occurrence.start, occurrence.end))
        .chain(ours.map(|event| (event.start_time, event.end_time)))
        .filter(|(start, _)| *start >= from && *start < until)
        .collect();
    times.sort();
    let there = occurrences(world, id, item, (from, until));
    if times == there {
        return None;
    }
    let odd = times.iter().find(|time| !there.contains(time));
    let odd = odd.or_else(|| there.iter().find(|time| !times.contains(time)));
    let (here, there) = (times.len(), there.len());
    Some(format!(
        "L13: {id} has {here} occurrences here and {there} in Outlook; one that differs is at {odd:?}"
    ))
}

/// L3: each shared field is what was last written in Outlook.
pub(super) fn differences(id: &str, item: &Item, event: &Event) -> Vec<String> {
    let mut broken = Vec::new();
    let mut compare = |field: &str, here: String, there: String| {
        if here != there {
            broken.push(format!("L3: {field} of {id} is \"{here}\" here and \"{there}\" in Outlook"));
        }
    };
    compare("title", event.title.clone(), item.title.clone());
    compare("description", event.description.clone().unwrap_or_default(), item.body.clone());
    compare("location", event.location.clone().unwrap_or_default(), item.location.clone());
    compare("category", event.category.clone().unwrap_or_default(), item.category.clone());
    compare("categories", event.categories.join(","), item.category.clone());
    let guests: Vec<&str> = event.attendees.iter().map(|guest| guest.email.as_str()).collect();
    compare("attendees", guests.join(","), item.guests.join(","));
    compare("show_as", event.show_as.clone().unwrap_or_default(), item.show_as.to_owned());
    compare("sensitivity", event.sensitivity.clone().unwrap_or_default(), item.sensitivity.to_owned());
    let (start, end) = span(item, item.date);
    compare("time", format!("{}/{}", event.start_time, event.end_time), format!("{start}/{end}"));
    compare("whole days", event.all_day.to_string(), item.hour.is_none().to_string());
    compare("called off", event.is_cancelled.to_string(), item.is_cancelled.to_string());
    let zone = item.hour.map_or("UTC", |_| item.zone);
    compare("time zone", event.time_zone.clone(), zone.to_owned());
    let rule = item.rule.map(|rule| format!("RRULE:{}", rule.text(item.date)));
    compare("rule", event.recurrence_rule.join("\n"), rule.unwrap_or_default());
    let original = item.replaces.as_ref().map(|(_, date)| date.to_string());
    compare("original date", event.original_date.clone().unwrap_or_default(), original.unwrap_or_default());
    let cancelled: Vec<String> = item.cancelled.iter().map(Date::to_string).collect();
    compare("cancelled dates", event.cancelled_occurrences.join(","), cancelled.join(","));
    broken
}
