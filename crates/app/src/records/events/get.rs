//! One event: a stored one, or one occurrence of a series.

use model::documents::{Event, Record};
use store::{Filter, TypedStore};

use super::{series, view};
use crate::records::access::visible;
use crate::records::occurrences::{EventRef, Expansion, Occurrence};
use crate::{App, AppError, Caller};

/// An event as it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventView {
    /// Its id: of a document, or `{master}:{original start}`.
    pub id: String,
    /// The API's JSON text.
    pub text: String,
    /// Its revision; of a computed occurrence that of its series.
    pub revision: i64,
}

impl EventView {
    pub(super) fn of(event: &Event) -> Result<Self, AppError> {
        Ok(Self { id: event.id.to_string(), text: view::event_text(event)?, revision: event.revision })
    }
}

/// What an id leads to.
pub(super) enum Found {
    Stored(Box<Event>),
    Computed(Box<Expansion>, Occurrence),
}

/// Reads an event. `not_found` for one that is not there or not the caller's.
pub async fn get(app: &App, caller: &Caller, target: EventRef) -> Result<EventView, AppError> {
    match find(app, caller, target).await? {
        Found::Stored(event) => EventView::of(&event),
        Found::Computed(expansion, occurrence) => Ok(EventView {
            id: expansion.name(&occurrence),
            text: expansion.text(&occurrence)?,
            revision: expansion.master().revision(),
        }),
    }
}

/// Finds what an id leads to: for an occurrence the exception that stands in for it, else the computed one.
pub(super) async fn find(app: &App, caller: &Caller, target: EventRef) -> Result<Found, AppError> {
    let (master_id, start) = match target {
        EventRef::Stored(id) => {
            return visible(app, caller, id).await.map(|event| Found::Stored(Box::new(event)));
        }
        EventRef::Occurrence(master, start) => (master, start),
    };
    let not_found = AppError::NotFound { what: "event" };
    let master: Event = visible(app, caller, master_id).await?;
    let Some(anchor) = sync::local::anchor(&master).filter(|_| master.is_recurring) else {
        return Err(not_found);
    };
    let date = start.date_in(&anchor).to_string();
    let of_date =
        Filter::eq("recurrence_master_id", master_id).and(Filter::eq("original_date", date.as_str()));
    if let Some(exception) = app.store().first::<Event>(of_date).await? {
        let is_same = match start {
            crate::records::occurrences::OriginalStart::Instant(instant) => {
                exception.original_start.is_none_or(|original| original == instant)
            }
            crate::records::occurrences::OriginalStart::Date(_) => master.all_day,
        };
        return if is_same { Ok(Found::Stored(Box::new(exception))) } else { Err(not_found) };
    }
    if master.removed_at.is_some() {
        return Err(not_found);
    }
    let expansion = series::expansion(app, master).await?;
    let occurrence = expansion.at(start).ok_or(not_found)?;
    Ok(Found::Computed(Box::new(expansion), occurrence))
}
