//! Making an event in a calendar of our own.

use jiff::Timestamp;
use model::Id;
use model::documents::{Calendar, Event};
use serde_json::{Map, Value};
use store::Batch;

use super::get::EventView;
use super::save::{self, Change};
use super::{fields, settle};
use crate::accounts::idempotency::{self, RequestKey};
use crate::records::access::visible;
use crate::records::changes::{ATTEMPTS, gave_up, is_race, object_of};
use crate::{App, AppError, Caller};

/// Makes an event from a draft in the API's form. With a key, a repetition answers with what the first one made.
///
/// `invalid_fields` for what cannot be taken, a foreign calendar included; `outlook_read_only` for a calendar that
/// comes from Outlook.
pub async fn create(
    app: &App,
    caller: &Caller,
    draft: Map<String, Value>,
    key: Option<&RequestKey>,
) -> Result<EventView, AppError> {
    let mut draft = draft;
    draft.retain(|_, value| !value.is_null());
    for _ in 0..ATTEMPTS {
        if let Some(key) = key
            && let Some(id) = idempotency::find(app, caller, key).await?
        {
            return visible(app, caller, id).await.and_then(|event: Event| EventView::of(&event));
        }
        match attempt(app, caller, draft.clone(), key).await {
            Err(error) if is_race(&error) || idempotency::is_lost_race(&error) => {}
            outcome => return outcome,
        }
    }
    Err(gave_up("event"))
}

async fn attempt(
    app: &App,
    caller: &Caller,
    draft: Map<String, Value>,
    key: Option<&RequestKey>,
) -> Result<EventView, AppError> {
    let change = fields::read(draft, &Map::new())?;
    let calendar = match change.get("calendar_id").and_then(Value::as_str).and_then(|id| id.parse().ok()) {
        Some(id) => Some(own_calendar(app, caller, id).await?),
        None => None,
    };
    let mut blank = blank(app.new_id(), calendar.as_ref())?;
    if calendar.is_none() {
        blank.remove("calendar_id");
    }
    let mut event = settle::settled(&blank, &change)?;
    event.revision = 0;
    let mut batch = Batch::new();
    if let Some(key) = key {
        idempotency::remember(app, caller, key, event.id, &mut batch)?;
    }
    let saved = save::commit(app, caller, vec![Change::insert(event)], batch).await?;
    match saved.first() {
        Some(event) => EventView::of(event),
        None => Err(AppError::Internal("a created event was not answered".to_owned())),
    }
}

/// A new event's object without what a draft must say.
fn blank(id: Id, calendar: Option<&Calendar>) -> Result<Map<String, Value>, AppError> {
    let (owner, calendar_id) =
        calendar.map_or((Id::NOBODY, Id::NOBODY), |calendar| (calendar.user_id, calendar.id));
    let mut event = Event::new(id, owner, calendar_id, "", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    // A document that was checked has a revision; it is set anew when the event is saved.
    event.revision = 1;
    let mut blank = object_of(Some(&event))?;
    for name in ["title", "start_time", "end_time"] {
        blank.remove(name);
    }
    Ok(blank)
}

/// The calendar with this id, when events may be put into it here.
pub(super) async fn own_calendar(app: &App, caller: &Caller, id: Id) -> Result<Calendar, AppError> {
    let calendar: Calendar = visible(app, caller, id).await.map_err(|error| match error {
        AppError::NotFound { .. } => AppError::field("calendar_id", "There is no such calendar."),
        error => error,
    })?;
    if calendar.deletion_requested_at.is_some() {
        return Err(AppError::field("calendar_id", "This calendar is being deleted; choose another."));
    }
    match calendar.outlook_calendar_id {
        Some(_) => Err(outlook_read_only("make the event in Outlook, or in a calendar made here")),
        None => Ok(calendar),
    }
}

/// The answer to what would have to be written to Outlook.
pub(super) fn outlook_read_only(advice: &str) -> AppError {
    AppError::Conflict {
        code: "outlook_read_only",
        detail: format!("this calendar comes from Outlook, and nothing is written to Outlook yet: {advice}"),
    }
}
