//! Reads the body of a create or an update, with Graph's checks and Graph's silence about which failed.

use serde_json::{Map, Value};

use super::fields::{Attendee, Fields, Place};
use super::refusal::Refusal;
use super::text;
use super::times::{self, Moment};

/// Most attendees that an event may have.
const MAX_ATTENDEES: usize = 500;

/// Members that are read-only: Graph takes them without a word and keeps its own values.
const READ_ONLY: [&str; 21] = [
    "id",
    "iCalUId",
    "uid",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "bodyPreview",
    "type",
    "seriesMasterId",
    "webLink",
    "isCancelled",
    "isOrganizer",
    "organizer",
    "hasAttachments",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "isDraft",
    "onlineMeeting",
    "onlineMeetingUrl",
    "responseStatus",
];

/// Members that this simulator takes and does not play: there are no online meetings here.
const NOT_PLAYED: [&str; 3] = ["isOnlineMeeting", "onlineMeetingProvider", "occurrenceId"];

/// What a body asks for.
#[derive(Debug)]
pub(super) struct Written {
    /// The content after the write.
    pub(super) fields: Fields,
    /// The recurrence member, when the body has one; `Null` ends the series.
    pub(super) recurrence: Option<Value>,
    /// Our client's mark against doubles.
    pub(super) transaction_id: Option<String>,
    /// Single-value extended properties: id and value.
    pub(super) extended: Vec<(String, String)>,
    /// True when `attendees` is the only member that was sent.
    pub(super) only_attendees: bool,
}

/// Reads a create: `start` and `end` are required.
pub(super) fn create(body: &Value) -> Result<Written, Refusal> {
    let members = body.as_object().ok_or_else(Refusal::undeserializable)?;
    let (Some(start), Some(end)) = (members.get("start"), members.get("end")) else {
        return Err(Refusal::invalid_property());
    };
    update(Fields::new(moment(start)?, moment(end)?), body)
}

/// Reads an update of `fields`: members that are absent stay.
pub(super) fn update(mut fields: Fields, body: &Value) -> Result<Written, Refusal> {
    let members = body.as_object().ok_or_else(Refusal::undeserializable)?;
    let mut recurrence = None;
    let mut transaction_id = None;
    let mut extended = Vec::new();
    for (name, value) in members {
        match name.as_str() {
            "recurrence" => recurrence = Some(value.clone()),
            "transactionId" => transaction_id = optional_text(value)?,
            "singleValueExtendedProperties" => extended = extended_properties(value)?,
            _ => member(&mut fields, name, value)?,
        }
    }
    // `location` replaces all of `locations`, unless both were sent.
    if members.contains_key("location") && !members.contains_key("locations") {
        fields.locations = members
            .get("location")
            .map(|one| places(&Value::Array(vec![one.clone()])))
            .transpose()?
            .unwrap_or_default();
    }
    check(&fields)?;
    let only_attendees = members.len() == 1 && members.contains_key("attendees");
    Ok(Written { fields, recurrence, transaction_id, extended, only_attendees })
}

fn member(fields: &mut Fields, name: &str, value: &Value) -> Result<(), Refusal> {
    match name {
        "subject" => fields.subject = optional_text(value)?.unwrap_or_default(),
        "body" => fields.body = stored_body(value)?,
        "start" => fields.start = moment(value)?,
        "end" => fields.end = moment(value)?,
        "isAllDay" => fields.is_all_day = flag(value)?,
        "location" => fields.location = display_name(value)?,
        "locations" => {
            fields.locations = places(value)?;
            fields.location = fields.locations.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join("; ");
        }
        "categories" => fields.categories = texts(value)?,
        "attendees" => fields.attendees = attendees(value, &fields.attendees)?,
        "sensitivity" => {
            fields.sensitivity = one_of(value, &["normal", "personal", "private", "confidential"])?
        }
        "showAs" => {
            let known = ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"];
            fields.show_as = one_of(value, &known)?;
        }
        "importance" => fields.importance = one_of(value, &["low", "normal", "high"])?,
        "reminderMinutesBeforeStart" => {
            let minutes = value.as_i64().and_then(|m| i32::try_from(m).ok());
            fields.reminder_minutes = minutes.ok_or_else(Refusal::undeserializable)?;
        }
        "isReminderOn" => fields.is_reminder_on = flag(value)?,
        "responseRequested" => fields.response_requested = flag(value)?,
        "allowNewTimeProposals" => fields.allow_new_time_proposals = flag(value)?,
        "hideAttendees" => fields.hide_attendees = flag(value)?,
        other if READ_ONLY.contains(&other) || NOT_PLAYED.contains(&other) || other.starts_with('@') => {}
        other => {
            let message = format!(
                "The property '{other}' does not exist on type 'microsoft.graph.event'. Make sure to only use \
                 property names that are defined by the type."
            );
            return Err(Refusal::new(400, "RequestBodyRead", message));
        }
    }
    Ok(())
}

/// The laws that hold for the whole event, whatever was written.
fn check(fields: &Fields) -> Result<(), Refusal> {
    let all_day_is_whole = !fields.is_all_day
        || (fields.start.is_midnight()
            && fields.end.is_midnight()
            && fields.start.zone == fields.end.zone
            && fields.start.civil < fields.end.civil);
    if fields.end.at < fields.start.at || !all_day_is_whole || fields.attendees.len() > MAX_ATTENDEES {
        return Err(Refusal::invalid_property());
    }
    Ok(())
}

fn moment(value: &Value) -> Result<Moment, Refusal> {
    let date_time = value.get("dateTime").and_then(Value::as_str).ok_or_else(Refusal::undeserializable)?;
    let zone = value.get("timeZone").and_then(Value::as_str).unwrap_or(times::UTC);
    if times::resolve(zone).is_none() {
        return Err(Refusal::unknown_zone(zone));
    }
    Moment::parse(date_time, zone).ok_or_else(Refusal::invalid_property)
}

fn stored_body(value: &Value) -> Result<String, Refusal> {
    let content = value.get("content").ok_or_else(Refusal::invalid_property)?;
    let content = content.as_str().ok_or_else(Refusal::invalid_property)?;
    match value.get("contentType").and_then(Value::as_str).unwrap_or("text").to_ascii_lowercase().as_str() {
        "html" => Ok(text::html_from_html(content)),
        "text" => Ok(text::html_from_text(content)),
        _ => Err(Refusal::undeserializable()),
    }
}

fn places(value: &Value) -> Result<Vec<Place>, Refusal> {
    let list = value.as_array().ok_or_else(Refusal::undeserializable)?;
    let mut places = Vec::new();
    for one in list {
        let place = Place {
            name: display_name(one)?,
            address: only(one.get("address"), &["street", "city", "state", "countryOrRegion", "postalCode"]),
            coordinates: only(one.get("coordinates"), &["latitude", "longitude"]),
        };
        if !place.name.is_empty() {
            places.push(place);
        }
    }
    Ok(places)
}

fn only(value: Option<&Value>, names: &[&str]) -> Option<Map<String, Value>> {
    let kept: Map<String, Value> = value?
        .as_object()?
        .iter()
        .filter(|(name, value)| names.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    (!kept.is_empty()).then_some(kept)
}

fn attendees(value: &Value, before: &[Attendee]) -> Result<Vec<Attendee>, Refusal> {
    let mut all: Vec<Attendee> = Vec::new();
    for one in value.as_array().ok_or_else(Refusal::undeserializable)? {
        let mail = one.get("emailAddress").ok_or_else(Refusal::invalid_property)?;
        let address = mail.get("address").and_then(Value::as_str).ok_or_else(Refusal::invalid_property)?;
        if all.iter().any(|known| known.address.eq_ignore_ascii_case(address)) {
            continue;
        }
        let name = mail.get("name").and_then(Value::as_str).unwrap_or(address);
        let kind = match one.get("type") {
            Some(kind) => one_of(kind, &["required", "optional", "resource"])?,
            None => "required".to_owned(),
        };
        // The answer of an attendee is the server's: whatever the client sent, the known one stays.
        let known = before.iter().find(|known| known.address.eq_ignore_ascii_case(address));
        let response = known.map_or_else(|| "none".to_owned(), |known| known.response.clone());
        all.push(Attendee { name: name.to_owned(), address: address.to_owned(), kind, response });
    }
    Ok(all)
}

fn extended_properties(value: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let list = value.as_array().ok_or_else(Refusal::undeserializable)?;
    let pair = |one: &Value| {
        let text = |name| one.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((text("id")?, text("value")?))
    };
    list.iter().map(|one| pair(one).ok_or_else(Refusal::undeserializable)).collect()
}

fn display_name(value: &Value) -> Result<String, Refusal> {
    match value.get("displayName") {
        None => Ok(String::new()),
        Some(name) => Ok(optional_text(name)?.unwrap_or_default()),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().ok_or_else(Refusal::undeserializable)?;
    list.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(Refusal::undeserializable)).collect()
}

fn one_of(value: &Value, known: &[&str]) -> Result<String, Refusal> {
    let text = value.as_str().ok_or_else(Refusal::undeserializable)?;
    let found = known.iter().find(|one| one.eq_ignore_ascii_case(text));
    found.map(|one| (*one).to_owned()).ok_or_else(Refusal::undeserializable)
}

fn optional_text(value: &Value) -> Result<Option<String>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(Refusal::undeserializable()),
    }
}

fn flag(value: &Value) -> Result<bool, Refusal> {
    value.as_bool().ok_or_else(Refusal::undeserializable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str, zone: &str) -> Value {
        json!({"dateTime": text, "timeZone": zone})
    }

    #[test]
    fn refusals() {
        let timed = |more: Value| {
            let mut body =
                json!({"start": at("2026-11-23T09:00:00", "UTC"), "end": at("2026-11-23T10:00:00", "UTC")});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let cases = [
            (json!([]), "UnableToDeserializePostBody"),
            (json!({"subject": "no time"}), "ErrorPropertyValidationFailure"),
            (timed(json!({"end": at("2020-01-01T00:00:00", "UTC")})), "ErrorPropertyValidationFailure"),
            (timed(json!({"isAllDay": true})), "ErrorPropertyValidationFailure"),
            (timed(json!({"body": null})), "ErrorPropertyValidationFailure"),
            (timed(json!({"showAs": "asleep"})), "UnableToDeserializePostBody"),
            (timed(json!({"colour": "red"})), "RequestBodyRead"),
            (timed(json!({"start": at("2026-11-23T09:00:00", "Nowhere")})), "TimeZoneNotSupportedException"),
        ];
        for (body, code) in cases {
            assert_eq!(create(&body).unwrap_err().code, code, "{body}");
        }
    }

    #[test]
    fn location_replaces_locations_and_attendees_keep_their_answer() {
        let body = json!({
            "start": at("2026-11-23T09:00:00", "UTC"), "end": at("2026-11-23T10:00:00", "UTC"),
            "locations": [{"displayName": "Atrium"}, {"displayName": "Library"}],
        });
        let mut fields = create(&body).unwrap().fields;
        assert_eq!(fields.location, "Atrium; Library");
        fields.attendees.push(Attendee {
            name: "A".into(),
            address: "a@b.example".into(),
            kind: "required".into(),
            response: "accepted".into(),
        });
        let patch = json!({
            "location": {"displayName": "Boardroom"},
            "attendees": [{"emailAddress": {"address": "A@B.example"}}],
        });
        let written = update(fields, &patch).unwrap();
        assert_eq!(written.fields.locations.len(), 1);
        assert_eq!(written.fields.attendees[0].response, "accepted");
    }
}
