//! `$select` and `$expand`: which members an event is answered with.

use super::{Call, Refusal};
use crate::world::View;

/// Members of an event that can be selected.
const KNOWN: [&str; 48] = [
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "transactionId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "uid",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "hasAttachments",
    "subject",
    "bodyPreview",
    "importance",
    "sensitivity",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseRequested",
    "seriesMasterId",
    "showAs",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "allowNewTimeProposals",
    "occurrenceId",
    "isDraft",
    "hideAttendees",
    "responseStatus",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "recurrence",
    "attendees",
    "organizer",
    "onlineMeeting",
    "originalStart",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "singleValueExtendedProperties",
    "extensions",
    "calendar",
];

/// The view that `Prefer`, `$select` and `$expand` of a request ask for.
pub(super) fn view(call: &Call<'_>) -> Result<View, Refusal> {
    let mut view = call.prefer.view()?;
    if let Some(select) = call.asked.query.get("$select") {
        // `…,cancelledOccurrences$expand=exceptionOccurrences`: the vendor's own page forgets the `&`.
        let select = select.split('$').next().unwrap_or(select);
        let names: Vec<String> =
            select.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
        if let Some(stranger) =
            names.iter().find(|name| !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)))
        {
            let message = format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{stranger}' on type \
                 'microsoft.graph.event'."
            );
            return Err(Refusal::new(400, "BadRequest", message));
        }
        view.select = Some(names);
    }
    if let Some(expand) = call.asked.query.get("$expand") {
        view.expand_exceptions = expand.contains("exceptionOccurrences");
        if expand.contains("singleValueExtendedProperties") {
            view.expand_extended = expand.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
        }
    }
    Ok(view)
}
