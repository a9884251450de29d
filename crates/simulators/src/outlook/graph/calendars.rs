//! `/me/calendars`.

use serde_json::{Value, json};

use super::{Answer, Call, Refusal, page};

/// `GET /me/calendars`, paged.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let calendars = call.shared.world.calendars(call.user())?;
    page::answer(call, "calendars", calendars)
}

/// `GET /me/calendars/{id}` and `/me/calendar`.
pub(super) fn get(call: &Call<'_>, id: Option<&str>) -> Result<Answer, Refusal> {
    Ok(one(call, call.shared.world.calendar(call.user(), id)?))
}

/// `GET /me/events/{id}/calendar`.
pub(super) fn of_event(call: &Call<'_>, id: &str) -> Result<Answer, Refusal> {
    Ok(one(call, call.shared.world.calendar_of(call.user(), id)?))
}

fn one(call: &Call<'_>, mut calendar: Value) -> Answer {
    if let Some(members) = calendar.as_object_mut() {
        members.insert("@odata.context".to_owned(), json!(call.context("calendars/$entity")));
    }
    Answer::json(200, calendar)
}
