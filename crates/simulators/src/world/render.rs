//! Items as Graph writes them. Own wire shapes: nothing here is shared with the product.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::fields::{Attendee, Fields, Place};
use super::item::{Instance, Item};
use super::people::{Calendar, User, hex_color};
use super::state::{Gone, State};
use super::text;
use super::times;
use super::view::View;
use crate::ids;

/// What Exchange writes where no time is known.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// A single event or a series.
pub(super) fn event(state: &State, item: &Item, view: &View) -> Value {
    let id = item_id(item, view);
    let mut event = content(state, item, &item.fields, &id, view);
    let kind = if item.series.is_some() { "seriesMaster" } else { "singleInstance" };
    set(&mut event, "type", json!(kind));
    set(&mut event, "seriesMasterId", Value::Null);
    set(&mut event, "occurrenceId", Value::Null);
    set(
        &mut event,
        "recurrence",
        item.series.as_ref().map_or(Value::Null, |series| series.pattern.json().clone()),
    );
    set(&mut event, "iCalUId", json!(uid(state, item, None)));
    set(&mut event, "createdDateTime", json!(times::instant(item.created)));
    set(&mut event, "lastModifiedDateTime", json!(times::instant(item.modified)));
    if let Some(series) = &item.series {
        if view.wants("cancelledOccurrences") {
            let days: Vec<String> = series.cancelled.iter().map(|date| oid(&id, *date)).collect();
            set(&mut event, "cancelledOccurrences", json!(days));
        }
        if view.expand_exceptions {
            let days = series.exceptions.keys().filter_map(|date| item.instance(*date));
            let list: Vec<Value> = days.map(|one| instance(state, item, &one, view)).collect();
            set(&mut event, "exceptionOccurrences", Value::Array(list));
        }
    }
    expand_extended(&mut event, &item.extended, view);
    view.prune(Value::Object(event))
}

/// One instance of a series with all its content.
pub(super) fn instance(state: &State, item: &Item, one: &Instance, view: &View) -> Value {
    let master = item_id(item, view);
    let id = ids::occurrence_id(&master, one.date);
    let mut event = content(state, item, &one.fields, &id, view);
    let exception = item.series.as_ref().and_then(|series| series.exceptions.get(&one.date));
    set(&mut event, "type", json!(if one.is_exception { "exception" } else { "occurrence" }));
    set(&mut event, "seriesMasterId", json!(master));
    set(&mut event, "occurrenceId", json!(oid(&master, one.date)));
    set(&mut event, "recurrence", Value::Null);
    set(&mut event, "iCalUId", json!(uid(state, item, Some(one.date))));
    let (created, modified) = exception.map_or((item.created, item.modified), |e| (e.created, e.modified));
    set(&mut event, "createdDateTime", json!(times::instant(created)));
    set(&mut event, "lastModifiedDateTime", json!(times::instant(modified)));
    if view.wants("originalStart") {
        set(&mut event, "originalStart", json!(times::instant(one.original_start)));
    }
    if let Some(exception) = exception {
        expand_extended(&mut event, &exception.extended, view);
    }
    view.prune(Value::Object(event))
}

/// An occurrence as `calendarView/delta` gives it: etag, id, type, series and times.
pub(super) fn skeleton(state: &State, item: &Item, one: &Instance, view: &View) -> Value {
    let master = item_id(item, view);
    let key = ids::occurrence_change_key(state.seed, item.owner, item.version);
    json!({
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": format!("W/\"{key}\""),
        "id": ids::occurrence_id(&master, one.date),
        "seriesMasterId": master,
        "type": "occurrence",
        "start": view.skeleton_time(&one.fields.start, one.fields.is_all_day),
        "end": view.skeleton_time(&one.fields.end, one.fields.is_all_day),
    })
}

/// A deletion in delta: an id and nothing that tells what it was.
pub(super) fn removed(gone: &Gone, view: &View) -> Value {
    let id = if view.immutable_ids { &gone.immutable_id } else { &gone.relative_id };
    json!({"@odata.type": "#microsoft.graph.event", "id": id, "@removed": {"reason": "deleted"}})
}

/// An item of delta carries its type.
pub(super) fn typed(mut event: Value) -> Value {
    if let Some(members) = event.as_object_mut() {
        set(members, "@odata.type", json!("#microsoft.graph.event"));
    }
    event
}

/// A calendar.
pub(super) fn calendar(state: &State, user: &User, calendar: &Calendar) -> Value {
    let is_default = user.calendars.first() == Some(&calendar.number);
    let can_edit = calendar.spec.can_edit;
    json!({
        "id": calendar.id,
        "name": calendar.spec.name,
        "color": calendar.spec.color,
        "hexColor": hex_color(&calendar.spec.color),
        "groupClassId": "0006f0b7-0000-0000-c000-000000000046",
        "isDefaultCalendar": is_default,
        "changeKey": ids::change_key(state.seed, user.number, calendar.version),
        "canShare": can_edit,
        "canViewPrivateItems": true,
        "canEdit": can_edit,
        "allowedOnlineMeetingProviders": if can_edit { json!(["teamsForBusiness"]) } else { json!([]) },
        "defaultOnlineMeetingProvider": if can_edit { "teamsForBusiness" } else { "unknown" },
        "isTallyingResponses": is_default,
        "isRemovable": !is_default,
        "owner": {"name": user.spec.name, "address": user.spec.mail},
    })
}

/// The id of an item in the reader's kind of ids.
pub(super) fn item_id(item: &Item, view: &View) -> String {
    if view.immutable_ids { item.immutable_id.clone() } else { item.relative_id.clone() }
}

fn content(state: &State, item: &Item, fields: &Fields, id: &str, view: &View) -> Map<String, Value> {
    let key = ids::change_key(state.seed, item.owner, item.version);
    let user = state.users.get(&item.owner);
    let organizer = match (&item.foreign_organizer, user) {
        _ if state.switches.organizer_null => Value::Null,
        (Some((name, address)), _) => json!({"emailAddress": {"name": name, "address": address}}),
        (None, Some(user)) => json!({"emailAddress": {"name": user.spec.name, "address": user.spec.mail}}),
        (None, None) => Value::Null,
    };
    let body = if view.text_bodies {
        json!({"contentType": "text", "content": text::text_from_html(&fields.body)})
    } else {
        json!({"contentType": "html", "content": fields.body})
    };
    let members = [
        ("@odata.etag", json!(format!("W/\"{key}\""))),
        ("id", json!(id)),
        ("changeKey", json!(key)),
        ("categories", json!(fields.categories)),
        ("transactionId", json!(item.transaction_id)),
        ("originalStartTimeZone", json!(fields.start.zone)),
        ("originalEndTimeZone", json!(fields.end.zone)),
        ("uid", json!(uid(state, item, None))),
        ("reminderMinutesBeforeStart", json!(fields.reminder_minutes)),
        ("isReminderOn", json!(fields.is_reminder_on)),
        ("hasAttachments", json!(false)),
        ("subject", json!(fields.subject)),
        ("bodyPreview", json!(text::preview(&fields.body))),
        ("importance", json!(fields.importance)),
        ("sensitivity", json!(fields.sensitivity)),
        ("isAllDay", json!(fields.is_all_day)),
        ("isCancelled", json!(false)),
        ("isOrganizer", json!(item.is_organizer())),
        ("responseRequested", json!(fields.response_requested)),
        ("showAs", json!(fields.show_as)),
        ("webLink", json!(web_link(id))),
        ("onlineMeetingUrl", Value::Null),
        ("isOnlineMeeting", json!(false)),
        ("onlineMeetingProvider", json!("unknown")),
        ("onlineMeeting", Value::Null),
        ("allowNewTimeProposals", json!(fields.allow_new_time_proposals)),
        ("isDraft", json!(false)),
        ("hideAttendees", json!(fields.hide_attendees)),
        ("responseStatus", response_status(item, fields, user)),
        ("body", body),
        ("start", view.time(&fields.start, fields.is_all_day)),
        ("end", view.time(&fields.end, fields.is_all_day)),
        ("location", location(fields)),
        ("locations", fields.locations.iter().map(place).collect()),
        ("attendees", fields.attendees.iter().map(attendee).collect()),
        ("organizer", organizer),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn response_status(item: &Item, fields: &Fields, user: Option<&User>) -> Value {
    if item.is_organizer() {
        return json!({"response": "organizer", "time": NO_TIME});
    }
    let own = user
        .and_then(|user| fields.attendees.iter().find(|a| a.address.eq_ignore_ascii_case(&user.spec.mail)));
    match own {
        Some(own) if own.response != "none" => {
            json!({"response": own.response, "time": times::instant(item.modified)})
        }
        _ => json!({"response": "notResponded", "time": NO_TIME}),
    }
}

fn location(fields: &Fields) -> Value {
    match fields.locations.first() {
        Some(only) if fields.locations.len() == 1 => place(only),
        _ => place(&Place { name: fields.location.clone(), address: None, coordinates: None }),
    }
}

fn place(place: &Place) -> Value {
    if place.name.is_empty() {
        return json!({
            "displayName": "", "locationType": "default", "uniqueIdType": "unknown",
            "address": {}, "coordinates": {},
        });
    }
    let mut value = json!({
        "displayName": place.name, "locationType": "default",
        "uniqueId": place.name, "uniqueIdType": "private",
    });
    if let Some(members) = value.as_object_mut() {
        for (name, part) in [("address", &place.address), ("coordinates", &place.coordinates)] {
            if let Some(part) = part {
                set(members, name, Value::Object(part.clone()));
            }
        }
    }
    value
}

fn attendee(attendee: &Attendee) -> Value {
    json!({
        "type": attendee.kind,
        "status": {"response": attendee.response, "time": NO_TIME},
        "emailAddress": {"name": attendee.name, "address": attendee.address},
    })
}

fn expand_extended(event: &mut Map<String, Value>, properties: &[(String, String)], view: &View) {
    let wanted = properties.iter().filter(|(id, _)| view.expand_extended.contains(id));
    let list: Vec<Value> = wanted.map(|(id, value)| json!({"id": id, "value": value})).collect();
    if !list.is_empty() {
        set(event, "singleValueExtendedProperties", Value::Array(list));
    }
}

fn uid(state: &State, item: &Item, date: Option<Date>) -> String {
    ids::ical_uid(state.seed, item.number, times::filetime(item.created), date)
}

fn oid(master: &str, date: Date) -> String {
    format!("OID.{master}.{date}")
}

fn web_link(id: &str) -> String {
    let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
    format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item")
}

fn set(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}
