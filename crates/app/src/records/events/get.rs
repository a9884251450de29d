//! One event: a stored one, or one occurrence of a series, among the living or in the archive.

use jiff::Timestamp;
use model::documents::{ArchivedEvent, Event, Record};
use store::{Filter, TypedStore};

use super::view;
use crate::records::access::visible;
use crate::records::occurrences::{EventRef, Expansion, Occurrence, OriginalStart};
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

    pub(super) fn computed(expansion: &Expansion, occurrence: &Occurrence) -> Result<Self, AppError> {
        Ok(Self {
            id: expansion.name(occurrence),
            text: expansion.text(occurrence)?,
            revision: expansion.master().revision(),
        })
    }

    fn archived(self, at: Timestamp) -> Self {
        Self { text: view::archived(self.text, at), ..self }
    }
}

/// What an id leads to.
pub(super) enum Found {
    Stored(Box<Event>),
    Computed(Box<Expansion>, Occurrence),
    /// It is in the archive: it can be read, and brought back.
    Archived(EventView),
}

/// Refuses a change of what is in the archive.
pub(super) fn archived() -> AppError {
    AppError::Conflict {
        code: "event_archived",
        detail: "this event is in the archive; bring it back with restore before changing it".to_owned(),
    }
}

/// Reads an event. `not_found` for one that is not there or not the caller's.
pub async fn get(app: &App, caller: &Caller, target: EventRef) -> Result<EventView, AppError> {
    match find(app, caller, target).await? {
        Found::Stored(event) => EventView::of(&event),
        Found::Computed(expansion, occurrence) => EventView::computed(&expansion, &occurrence),
        Found::Archived(view) => Ok(view),
    }
}

/// Finds what an id leads to: for an occurrence the exception that stands in for it, else the computed one. What is not
/// among the living is looked for in the archive.
pub(super) async fn find(app: &App, caller: &Caller, target: EventRef) -> Result<Found, AppError> {
    let not_found = AppError::NotFound { what: "event" };
    let (EventRef::Stored(id) | EventRef::Occurrence(id, _)) = target;
    match visible::<Event>(app, caller, id).await {
        Ok(event) => match target {
            EventRef::Stored(_) => Ok(Found::Stored(Box::new(event))),
            EventRef::Occurrence(_, start) => occurrence(app, event, start).await,
        },
        Err(AppError::NotFound { .. }) => {
            let ArchivedEvent { event, archived_at } = visible(app, caller, id).await?;
            let view = match target {
                EventRef::Stored(_) => EventView::of(&event)?,
                EventRef::Occurrence(_, start) => {
                    archived_occurrence(app, event, start).await?.ok_or(not_found)?
                }
            };
            Ok(Found::Archived(view.archived(archived_at)))
        }
        Err(error) => Err(error),
    }
}

async fn occurrence(app: &App, master: Event, start: OriginalStart) -> Result<Found, AppError> {
    if let Some(exception) = exception(app, &master, start).await? {
        return Ok(Found::Stored(Box::new(exception)));
    }
    let (expansion, occurrence) = computed(master, start).ok_or(AppError::NotFound { what: "event" })?;
    Ok(Found::Computed(Box::new(expansion), occurrence))
}

/// The document that stands in for the occurrence of this start, removed or not. `not_found` when it is no series, or when
/// the document of the date stands in for another start.
pub(super) async fn exception(
    app: &App,
    master: &Event,
    start: OriginalStart,
) -> Result<Option<Event>, AppError> {
    let not_found = AppError::NotFound { what: "event" };
    let of_date = of_date(master, start).ok_or(not_found.clone())?;
    match app.store().first::<Event>(of_date).await? {
        Some(exception) if stands_in(master, &exception, start) => Ok(Some(exception)),
        Some(_) => Err(not_found),
        None => Ok(None),
    }
}

/// The same of a series in the archive, whose exceptions are there too.
async fn archived_occurrence(
    app: &App,
    master: Event,
    start: OriginalStart,
) -> Result<Option<EventView>, AppError> {
    let Some(of_date) = of_date(&master, start) else { return Ok(None) };
    if let Some(exception) = app.store().first::<ArchivedEvent>(of_date).await? {
        let is_same = stands_in(&master, &exception.event, start);
        return is_same.then(|| EventView::of(&exception.event)).transpose();
    }
    let computed = computed(master, start);
    computed.map(|(expansion, occurrence)| EventView::computed(&expansion, &occurrence)).transpose()
}

/// The occurrence that starts then, of a series that has no document for the date.
pub(super) fn computed(master: Event, start: OriginalStart) -> Option<(Expansion, Occurrence)> {
    if master.removed_at.is_some() {
        return None;
    }
    // Documents for other dates do not matter. Asking for all of them would be a second reading, and find for this date
    // what was not there at the first: the occurrence would be neither stored nor computed.
    let expansion = Expansion::new(master, []);
    let occurrence = expansion.at(start)?;
    Some((expansion, occurrence))
}

/// The document that stands in for the occurrence of this start, if there is one; `None` when it is no series.
fn of_date(master: &Event, start: OriginalStart) -> Option<Filter> {
    let anchor = sync::local::anchor(master).filter(|_| master.is_recurring)?;
    let date = start.date_in(&anchor).to_string();
    Some(Filter::eq("recurrence_master_id", master.id).and(Filter::eq("original_date", date.as_str())))
}

fn stands_in(master: &Event, exception: &Event, start: OriginalStart) -> bool {
    match start {
        OriginalStart::Instant(instant) => {
            exception.original_start.is_none_or(|original| original == instant)
        }
        OriginalStart::Date(_) => master.all_day,
    }
}
