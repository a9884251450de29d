//! `/me/calendars`.

use serde_json::json;

use super::{Answer, Call, Refusal, page};

/// `GET /me/calendars`, paged.
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    let calendars = call.shared.world.calendars(call.user())?;
    page::answer(call, "calendars", calendars)
}

/// `GET /me/calendars/{id}` and `/me/calendar`.
pub(super) fn get(call: &Call<'_>, id: Option<&str>) -> Result<Answer, Refusal> {
    let mut calendar = call.shared.world.calendar(call.user(), id)?;
    if let Some(members) = calendar.as_object_mut() {
        members.insert("@odata.context".to_owned(), json!(call.context("calendars/$entity")));
    }
    Ok(Answer::json(200, calendar))
}
