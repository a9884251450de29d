//! L16: the audit log replays.

use std::collections::BTreeMap;

use app::records::changes::is_told;
use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::documents::AuditEntry;
use serde_json::{Map, Value};
use store::{Filter, Store, StoreError, TypedStore};

/// Undoes the entries of every event, from the newest to the oldest: each must say what stood there when it was made. An
/// event that is gone has an entry of that; one that somebody made here has one of that, before which there is nothing.
pub(super) async fn broken(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    let mut entries: BTreeMap<Id, Vec<AuditEntry>> = BTreeMap::new();
    for entry in store.all::<AuditEntry>(Filter::eq("collection", EVENTS.name)).await? {
        entries.entry(entry.document_id).or_default().push(entry);
    }
    let mut broken = Vec::new();
    for (id, mut entries) in entries {
        // Ids rise, and of two entries of one event the one that was made first was committed first.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
        let mut state = document(store, id).await?;
        for entry in &entries {
            for (field, sides) in entry.changes.as_ref().and_then(Value::as_object).into_iter().flatten() {
                if state.get(field) != sides.get("after") {
                    broken.push(format!(
                        "L16: {} of {id} says that {field} became {:?}, and it was {:?}",
                        entry.action,
                        sides.get("after"),
                        state.get(field)
                    ));
                }
                match sides.get("before") {
                    Some(before) => state.insert(field.clone(), before.clone()),
                    None => state.remove(field),
                };
            }
        }
        if entries.last().is_some_and(|entry| entry.action == "event.created") {
            let left = EVENTS.fields.iter().filter(|field| is_told(field) && state.contains_key(field.name));
            let left: Vec<&str> = left.map(|field| field.name).collect();
            if !left.is_empty() {
                broken.push(format!("L16: {id} had {left:?} before it was made"));
            }
        }
    }
    Ok(broken)
}

/// The event as it is, here or in the archive; empty when it is gone.
async fn document(store: &dyn Store, id: Id) -> Result<Map<String, Value>, StoreError> {
    for collection in [&EVENTS, &EVENTS_ARCHIVE] {
        if let Some(document) = store.get(collection, id).await? {
            return Ok(serde_json::from_str(&document.json).unwrap_or_default());
        }
    }
    Ok(Map::new())
}
