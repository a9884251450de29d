//! Deliberate breakages: each makes the house, or what it is told, wrong in one way that some law must find. They show
//! that the laws are more than words.

use model::collections::{CATEGORIES, EVENTS, LOCATIONS, SYNC_CURSORS, SYNC_LINKS, SYNC_LOGS};
use model::schema::Collection;
use serde_json::{Map, Value, json};
use store::{Batch, Write};

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// An event that was reported as removed is removed without asking whether it exists.
    ForgetsTheWarrant,
    /// The cursor is saved before its page.
    CursorBeforePage,
    /// The cursor is saved and its page's changes of events are not.
    DropsUpdates,
    /// Taking over what was changed in Outlook drops the notes.
    DropsNotes,
    /// Taking it over drops the description.
    DropsDescription,
    /// Taking it over drops who is invited.
    DropsGuests,
    /// Taking it over makes every zone UTC.
    DropsZone,
    /// Taking it over forgets that the rule ends.
    DropsCount,
    /// Taking it over brings cancelled occurrences back.
    DropsCancelled,
    /// Events stay marked as waiting.
    LeavesPending,
    /// The agreed fingerprint is not kept.
    DropsFingerprint,
    /// New events get no link.
    DropsLinks,
    /// Uses of categories and places are not counted.
    DropsUses,
    /// The log counts one too many.
    MiscountsTheLog,
    /// The log leaves the refused events out.
    DropsErrors,
    /// What a page refused is only said at the end of the run.
    DropsErrorsOfPages,
    /// A run keeps its lease.
    KeepsTheLease,
}

/// All of them.
pub const MUTANTS: [Mutant; 17] = [
    Mutant::ForgetsTheWarrant,
    Mutant::CursorBeforePage,
    Mutant::DropsUpdates,
    Mutant::DropsNotes,
    Mutant::DropsDescription,
    Mutant::DropsGuests,
    Mutant::DropsZone,
    Mutant::DropsCount,
    Mutant::DropsCancelled,
    Mutant::LeavesPending,
    Mutant::DropsFingerprint,
    Mutant::DropsLinks,
    Mutant::DropsUses,
    Mutant::MiscountsTheLog,
    Mutant::DropsErrors,
    Mutant::DropsErrorsOfPages,
    Mutant::KeepsTheLease,
];

impl Mutant {
    /// What is committed instead of a run's batch: one after the other, and the process may die in between.
    pub(super) fn breaks(self, mut batch: Batch) -> Vec<Batch> {
        match self {
            Self::ForgetsTheWarrant => {}
            Self::CursorBeforePage => {
                let is_cursor =
                    |write: &Write| target(write).is_some_and(|one| one.name == SYNC_CURSORS.name);
                let (cursor, page): (Vec<Write>, Vec<Write>) = batch.writes.into_iter().partition(is_cursor);
                return [cursor, page].map(|writes| Batch { writes }).into();
            }
            Self::DropsUpdates => {
                let is_update = |write: &Write| matches!(write, Write::Replace { collection, .. } if collection.name == EVENTS.name);
                batch.writes.retain(|write| !is_update(write));
            }
            Self::DropsNotes => edit(&mut batch, &EVENTS, |event| drop(event.remove("internal_notes"))),
            Self::DropsDescription => edit(&mut batch, &EVENTS, |event| drop(event.remove("description"))),
            Self::DropsGuests => edit(&mut batch, &EVENTS, |event| drop(event.remove("attendees"))),
            Self::DropsZone => edit(&mut batch, &EVENTS, |event| set(event, "time_zone", json!("UTC"))),
            Self::DropsCount => edit(&mut batch, &EVENTS, |event| {
                if let Some(Value::Array(lines)) = event.get_mut("recurrence_rule") {
                    for line in lines {
                        let rule = line.as_str().and_then(|text| text.split(";COUNT").next());
                        *line = json!(rule);
                    }
                }
            }),
            Self::DropsCancelled => {
                edit(&mut batch, &EVENTS, |event| drop(event.remove("cancelled_occurrences")))
            }
            Self::LeavesPending => {
                edit(&mut batch, &EVENTS, |event| set(event, "sync_status", json!("pending")))
            }
            Self::DropsFingerprint => {
                edit(&mut batch, &SYNC_LINKS, |link| set(link, "fingerprint", json!("none")))
            }
            Self::DropsLinks => {
                let is_link = |write: &Write| matches!(write, Write::Insert { collection, .. } if collection.name == SYNC_LINKS.name);
                batch.writes.retain(|write| !is_link(write));
            }
            Self::DropsUses => {
                let is_use = |write: &Write| matches!(write, Write::Update { collection, .. } if [CATEGORIES.name, LOCATIONS.name].contains(&collection.name));
                batch.writes.retain(|write| !is_use(write));
            }
            Self::MiscountsTheLog => edit(&mut batch, &SYNC_LOGS, |log| {
                let updated = log.get("events_updated").and_then(Value::as_i64).unwrap_or(0);
                set(log, "events_updated", json!(updated + 1));
            }),
            Self::DropsErrors => edit(&mut batch, &SYNC_LOGS, |log| set(log, "errors", json!([]))),
            Self::DropsErrorsOfPages => {
                let is_of = |write: &Write, collection: &Collection| {
                    target(write).is_some_and(|one| one.name == collection.name)
                };
                if batch.writes.iter().any(|write| is_of(write, &SYNC_CURSORS)) {
                    edit(&mut batch, &SYNC_LOGS, |log| set(log, "errors", json!([])));
                }
            }
            Self::KeepsTheLease => {
                if let [Write::Update { must_match: false, .. }] = batch.writes.as_slice() {
                    batch.writes.clear();
                }
            }
        }
        vec![batch]
    }
}

fn target(write: &Write) -> Option<&'static Collection> {
    match write {
        Write::Insert { collection, .. } | Write::Replace { collection, .. } => Some(collection),
        _ => None,
    }
}

fn set(document: &mut Map<String, Value>, field: &str, value: Value) {
    document.insert(field.to_owned(), value);
}

/// Changes the documents of a collection that a batch writes.
fn edit(batch: &mut Batch, collection: &Collection, change: impl Fn(&mut Map<String, Value>)) {
    for write in &mut batch.writes {
        if target(write).is_none_or(|one| one.name != collection.name) {
            continue;
        }
        let (Write::Insert { document, .. } | Write::Replace { document, .. }) = write else { continue };
        if let Ok(Value::Object(mut fields)) = serde_json::from_str(&document.json) {
            change(&mut fields);
            document.json = Value::Object(fields).to_string().into();
        }
    }
}
