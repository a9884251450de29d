//! What must hold, after each run and at the end. A broken law is a sentence that names it.

use std::collections::{BTreeMap, BTreeSet};

use model::Id;
use model::documents::{Category, Event, Location, SyncCursor, SyncLink};
use store::{Filter, Store, StoreError, TypedStore};
use sync::remote::RemoteTime;

use super::world::{Item, World, time};

/// Everything of the store that laws speak of.
pub(super) struct Snapshot {
    pub(super) events: Vec<Event>,
    links: Vec<SyncLink>,
    cursors: Vec<SyncCursor>,
    categories: Vec<Category>,
    locations: Vec<Location>,
}

impl Snapshot {
    pub(super) async fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let all = || Filter::All(Vec::new());
        Ok(Self {
            events: store.all(all()).await?,
            links: store.all(all()).await?,
            cursors: store.all(all()).await?,
            categories: store.all(all()).await?,
            locations: store.all(all()).await?,
        })
    }

    /// Outlook ids of the events that are here and not removed.
    pub(super) fn known(&self) -> BTreeSet<String> {
        let live = self.events.iter().filter(|event| event.removed_at.is_none());
        live.filter_map(|event| event.outlook_event_id.clone()).collect()
    }
}

/// What must hold at any moment between two runs.
pub(super) fn always(here: &Snapshot, world: &World, ever_known: &BTreeSet<String>) -> Vec<String> {
    let mut broken = Vec::new();
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
        if !here.known().contains(id) {
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
    for event in here.events.iter().filter(|event| event.removed_at.is_none()) {
        for name in event.category_uses() {
            *uses.entry((event.user_id, name)).or_default() += 1;
        }
        if let Some(name) = &event.location {
            *places.entry((event.user_id, name)).or_default() += 1;
        }
    }
    let mut compare = |kind: &str, owner: Option<Id>, name: &str, stored: i64, counted: Option<i64>| {
        let counted = counted.unwrap_or(0);
        if owner.is_some() && stored != counted {
            broken.push(format!("L12: {kind} \"{name}\" says {stored} uses and has {counted}"));
        }
    };
    for one in &here.categories {
        let counted = one.user_id.and_then(|owner| uses.get(&(owner, one.name.as_str())).copied());
        compare("category", one.user_id, &one.name, one.usage_count, counted);
    }
    for one in &here.locations {
        let counted = one.user_id.and_then(|owner| places.get(&(owner, one.name.as_str())).copied());
        compare("location", one.user_id, &one.name, one.usage_count, counted);
    }
    broken
}

/// What must hold when everything has come to rest.
pub(super) fn at_rest(
    here: &Snapshot,
    world: &World,
    notes: &BTreeMap<Id, String>,
    kept_by_choice: &BTreeSet<Id>,
) -> Vec<String> {
    let mut broken = Vec::new();
    let by_item: BTreeMap<&str, &Event> = here
        .events
        .iter()
        .filter(|event| event.removed_at.is_none())
        .filter_map(|event| Some((event.outlook_event_id.as_deref()?, event)))
        .collect();
    for (id, item) in world.items.iter().filter(|(_, item)| item.deleted.is_none()) {
        match by_item.get(id.as_str()) {
            None => broken.push(format!("rule 3, nothing is lost: {id} \"{}\" is not here", item.title)),
            Some(event) => broken.extend(differences(id, item, event)),
        }
    }
    for (id, event) in &by_item {
        let is_gone = world.items.get(*id).is_none_or(|item| item.deleted.is_some());
        if is_gone && !kept_by_choice.contains(&event.id) {
            broken.push(format!("convergence: {id} \"{}\" is gone in Outlook and still here", event.title));
        }
    }
    let events: BTreeMap<Id, &Event> = here.events.iter().map(|event| (event.id, event)).collect();
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
    broken
}

/// L3: each shared field is what was last written in Outlook.
fn differences(id: &str, item: &Item, event: &Event) -> Vec<String> {
    let mut broken = Vec::new();
    let mut compare = |field: &str, here: String, there: String| {
        if here != there {
            broken.push(format!("L3: {field} of {id} is \"{here}\" here and \"{there}\" in Outlook"));
        }
    };
    compare("title", event.title.clone(), item.title.clone());
    compare("location", event.location.clone().unwrap_or_default(), item.location.clone());
    compare("category", event.category.clone().unwrap_or_default(), item.category.clone());
    match time(item) {
        RemoteTime::Timed { start, end, .. } => {
            compare("time", format!("{}/{}", event.start_time, event.end_time), format!("{start}/{end}"));
        }
        RemoteTime::AllDay { start, end } => {
            let here = format!("{}/{}", event.start_time, event.end_time);
            compare("dates", here, format!("{start}T00:00:00Z/{end}T00:00:00Z"));
        }
    }
    let cancelled: Vec<String> = item.cancelled.iter().map(jiff::civil::Date::to_string).collect();
    compare("cancelled dates", event.cancelled_occurrences.join(","), cancelled.join(","));
    broken
}
