//! `/me` and what belongs to the person rather than to a calendar.

use serde_json::json;

use super::{Answer, Call, Refusal};

/// `GET /me`: the members that identify somebody.
pub(super) fn me(call: &Call<'_>) -> Result<Answer, Refusal> {
    let base = call.asked.base(call.shared);
    Ok(Answer::json(
        200,
        json!({
            "@odata.context": format!("{base}/v1.0/$metadata#users/$entity"),
            "id": call.person.id,
            "displayName": call.person.name,
            "mail": call.person.mail,
            "userPrincipalName": call.person.mail,
        }),
    ))
}

/// `GET /me/mailboxSettings`.
pub(super) fn mailbox_settings(call: &Call<'_>) -> Result<Answer, Refusal> {
    let zone = &call.person.time_zone;
    Ok(Answer::json(
        200,
        json!({
            "@odata.context": call.context("mailboxSettings"),
            "timeZone": zone,
            "dateFormat": "M/d/yyyy",
            "timeFormat": "h:mm tt",
            "language": {"locale": "en-US", "displayName": "English (United States)"},
            "workingHours": {
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "startTime": "08:00:00.0000000",
                "endTime": "17:00:00.0000000",
                "timeZone": {"name": zone},
            },
        }),
    ))
}

/// `GET /me/outlook/masterCategories`.
pub(super) fn master_categories(call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(
        200,
        json!({
            "@odata.context": call.context("outlook/masterCategories"),
            "value": call.shared.world.categories(call.user())?,
        }),
    ))
}
