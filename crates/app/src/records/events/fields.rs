//! What somebody may write on an event, and its translation from the API's form into the stored one.

use jiff::Timestamp;
use jiff::civil::Date;
use model::ambient::to_millisecond;
use model::collections::EVENTS;
use model::schema::{Exposure, Kind};
use model::validate::{FieldError, input};
use serde_json::{Map, Value, json};

use super::view::midnight;
use crate::AppError;
use crate::records::merge_patch;

/// Writable here besides shared and internal fields, on events that no provider owns.
const LOCAL_ONLY: &[&str] = &["attendees", "calendar_id", "is_cancelled"];

/// Names of all fields that can be written on an event made here, in the order of the declaration.
pub fn writable() -> impl Iterator<Item = &'static str> {
    let fields = EVENTS.fields.iter().filter(|field| {
        matches!(field.exposure, Exposure::Shared | Exposure::Internal) || LOCAL_ONLY.contains(&field.name)
    });
    fields.map(|field| field.name)
}

/// Whether this is one of the custom internal fields, which may be written on every event.
pub fn is_internal(name: &str) -> bool {
    EVENTS.field(name).is_some_and(|field| field.exposure == Exposure::Internal)
}

/// Translates a change (a JSON merge patch in the API's form) into the stored form and checks every field of it:
/// unknown and read-only fields, kinds, lengths. `before` is the stored object that is changed; empty for a new one.
pub(super) fn read(
    change: Map<String, Value>,
    before: &Map<String, Value>,
) -> Result<Map<String, Value>, AppError> {
    let was_all_day = before.get("all_day").and_then(Value::as_bool).unwrap_or_default();
    let all_day = change.get("all_day").and_then(Value::as_bool).unwrap_or(was_all_day);
    let mut errors = Vec::new();
    if all_day != was_all_day && !before.is_empty() {
        let missing = ["start_time", "end_time"].into_iter().filter(|name| !change.contains_key(*name));
        errors.extend(missing.map(|name| {
            FieldError::new(
                name,
                "Give the times anew when all_day changes: dates for whole days, else instants.",
            )
        }));
    }
    let mut stored = Map::new();
    for (name, value) in change {
        let value = translate(&name, value, all_day, before, &mut errors);
        stored.insert(name, value);
    }
    let stored = Value::Object(stored);
    let names: Vec<&str> = writable().collect();
    // What was said about a field already is not said again in other words.
    let more = input(&EVENTS, &stored, &names).into_iter();
    let more: Vec<_> = more.filter(|error| errors.iter().all(|said| said.field != error.field)).collect();
    errors.extend(more);
    AppError::check(errors)?;
    match stored {
        Value::Object(stored) => Ok(stored),
        _ => Ok(Map::new()),
    }
}

fn translate(
    name: &str,
    value: Value,
    all_day: bool,
    before: &Map<String, Value>,
    errors: &mut Vec<FieldError>,
) -> Value {
    let Some(field) = EVENTS.field(name) else { return value };
    match (name, field.kind, value) {
        ("start_time" | "end_time", _, Value::String(text)) => {
            whole_day_or_instant(name, text, all_day, errors)
        }
        // An emptied input means that there is nothing, which is stored as nothing.
        (_, Kind::Text(_), Value::String(text)) if text.is_empty() && !field.required => Value::Null,
        (_, Kind::Instant, Value::String(text)) => Value::String(instant(&text).unwrap_or(text)),
        ("recurrence_pattern", _, Value::Object(pattern)) => pattern_with(pattern, before.get(name)),
        // A longer list is refused as it is: filling it in would only make it larger.
        ("attendees", Kind::List(_, most), Value::Array(people)) if people.len() <= most as usize => {
            people.into_iter().map(attendee).collect()
        }
        (_, _, value) => value,
    }
}

fn whole_day_or_instant(name: &str, text: String, all_day: bool, errors: &mut Vec<FieldError>) -> Value {
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    match (all_day, date, instant(&text)) {
        (true, Some(date), _) => match midnight(date) {
            Some(midnight) => Value::String(midnight.to_string()),
            None => Value::String(text),
        },
        (true, None, _) => {
            errors.push(FieldError::new(name, "An all-day event has a date here, such as 2026-11-23."));
            Value::String(text)
        }
        (false, Some(_), _) => {
            let message = "A date alone is for all-day events; give an instant such as 2026-11-23T09:00:00Z.";
            errors.push(FieldError::new(name, message));
            Value::String(text)
        }
        (false, None, Some(instant)) => Value::String(instant),
        (false, None, None) => Value::String(text),
    }
}

/// The instant in UTC and to the millisecond, whatever offset it was written with.
fn instant(text: &str) -> Option<String> {
    text.parse::<Timestamp>().ok().map(|instant| to_millisecond(instant).to_string())
}

/// A pattern is merged with the one that is there, as a merge patch says; what results is checked as a whole.
fn pattern_with(change: Map<String, Value>, before: Option<&Value>) -> Value {
    let mut pattern = before.and_then(Value::as_object).cloned().unwrap_or_default();
    merge_patch::apply(&mut pattern, &change);
    pattern.entry("interval").or_insert(json!(1));
    if let Some(Value::String(end)) = pattern.get_mut("end_date") {
        match (end.len(), end.parse::<Date>().ok().and_then(midnight)) {
            (10, Some(midnight)) => *end = midnight.to_string(),
            _ => *end = instant(end).unwrap_or_else(|| end.clone()),
        }
    }
    Value::Object(pattern)
}

fn attendee(person: Value) -> Value {
    let Value::Object(mut person) = person else { return person };
    person.entry("name").or_insert(json!(""));
    person.entry("response_status").or_insert(json!("none"));
    person.entry("is_organizer").or_insert(json!(false));
    Value::Object(person)
}
