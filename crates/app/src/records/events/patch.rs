//! Changing an event, a series, or one occurrence of it.
//!
//! Of an event that comes from Outlook only the internal fields can be changed here. A change of a computed occurrence
//! makes a document for it, whose id follows from series and date, so that two at once cannot make two.

use model::Id;
use model::documents::Event;
use model::validate::FieldError;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::Batch;

use super::create::own_calendar;
use super::get::{EventView, Found, archived, find};
use super::outlook;
use super::save::{self, Change};
use super::{fields, settle};
use crate::records::access::expect_revision;
use crate::records::changes::{object_of, until_no_race};
use crate::records::occurrences::EventRef;
use crate::{App, AppError, Caller};

/// Applies a JSON merge patch in the API's form. `expected` is the revision the caller has read; without one, the
/// change is made to whatever is there.
///
/// `invalid_fields`, `shared_fields_read_only` for shared fields of an event that is in Outlook, `series_has_exceptions` for
/// a series that would stop repeating, `event_archived` for one in the archive, [`AppError::Stale`] for an old revision.
pub async fn patch(
    app: &App,
    caller: &Caller,
    target: EventRef,
    change: &Map<String, Value>,
    expected: Option<i64>,
) -> Result<EventView, AppError> {
    until_no_race("event", || attempt(app, caller, target, change, expected)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    target: EventRef,
    change: &Map<String, Value>,
    expected: Option<i64>,
) -> Result<EventView, AppError> {
    match find(app, caller, target).await? {
        Found::Stored(event) => {
            expect_revision(&*event, expected)?;
            if event.removed_at.is_some() {
                let detail = "this event was removed; recover it before changing it".to_owned();
                return Err(AppError::Conflict { code: "event_removed", detail });
            }
            stored(app, caller, *event, change).await
        }
        Found::Archived(_) => Err(archived()),
        Found::Computed(expansion, occurrence) => {
            let master = expansion.master();
            expect_revision(master, expected)?;
            let mut event = expansion.event(&occurrence);
            event.id = exception_id(master.id, &occurrence.date.to_string());
            event.inherits_shared = Some(true);
            event.outlook_event_id = None;
            event.outlook_etag = None;
            event.google_event_id = None;
            let after = changed(app, caller, &event, change).await?;
            // The series is saved along, as it is: the exception repeats what it says, so it must not have changed; and
            // whoever changes the series with all its exceptions at this moment has to see this one.
            let series = Change::update(master.clone(), master.clone());
            saved(app, caller, vec![Change::insert(after), series]).await
        }
    }
}

async fn stored(
    app: &App,
    caller: &Caller,
    before: Event,
    change: &Map<String, Value>,
) -> Result<EventView, AppError> {
    let after = changed(app, caller, &before, change).await?;
    if after == before {
        return EventView::of(&before);
    }
    let mut changes = Vec::new();
    if before.is_recurring {
        let exceptions = save::exceptions(app, before.id).await?;
        if !after.is_recurring && !exceptions.is_empty() {
            return Err(AppError::Conflict {
                code: "series_has_exceptions",
                detail: "some occurrences of this series were changed by themselves; delete those first, or the series"
                    .to_owned(),
            });
        }
        changes = exceptions.into_iter().filter_map(|exception| followed(exception, &after)).collect();
    }
    changes.insert(0, Change::update(before, after));
    saved(app, caller, changes).await
}

/// What a change of the series does to one of its exceptions.
fn followed(exception: Event, master: &Event) -> Option<Change> {
    let mut after = exception.clone();
    if after.inherits_shared == Some(true) {
        sync::local::inherit(&mut after, master);
    }
    after.calendar_id = master.calendar_id;
    (after != exception).then(|| Change::update(exception, after))
}

/// The event after the change, settled and checked, not yet touched.
async fn changed(
    app: &App,
    caller: &Caller,
    before: &Event,
    change: &Map<String, Value>,
) -> Result<Event, AppError> {
    let object = object_of(Some(before))?;
    let change = fields::read(change.clone(), &object)?;
    if outlook::has(app, before).await? {
        internal_only(&change)?;
    }
    let after = settle::settled(&object, &change)?;
    if after.calendar_id != before.calendar_id {
        if before.recurrence_master_id.is_some() {
            let message = "One occurrence stays in the calendar of its series; move the series.";
            return Err(AppError::field("calendar_id", message));
        }
        let calendar = own_calendar(app, caller, after.calendar_id).await?;
        if calendar.user_id != before.user_id {
            return Err(AppError::field("calendar_id", "An event cannot be moved to another person."));
        }
    }
    Ok(after)
}

fn internal_only(change: &Map<String, Value>) -> Result<(), AppError> {
    let shared = change.keys().filter(|name| !fields::is_internal(name));
    let message = "This field belongs to Outlook; change it there. Nothing is written to Outlook yet.";
    let errors: Vec<FieldError> = shared.map(|name| FieldError::new(name.as_str(), message)).collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(AppError::Invalid { code: "shared_fields_read_only", errors })
}

async fn saved(app: &App, caller: &Caller, changes: Vec<Change>) -> Result<EventView, AppError> {
    match save::commit(app, caller, changes, Batch::new()).await?.first() {
        Some(event) => EventView::of(event),
        None => Err(AppError::Internal("a changed event was not answered".to_owned())),
    }
}

/// The id of the exception of a series on a date: the same for everybody who makes it.
pub(in crate::records) fn exception_id(master: Id, date: &str) -> Id {
    let digest = Sha256::digest(format!("callboard/exception/{master}/{date}"));
    let mut bytes = [0; 12];
    for (byte, digest) in bytes.iter_mut().zip(digest) {
        *byte = digest;
    }
    Id::from_bytes(bytes)
}
