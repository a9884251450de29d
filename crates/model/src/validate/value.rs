//! One value against its declared kind.

use jiff::Timestamp;
use serde_json::{Number, Value};

use super::object::{complete, say};
use super::path::Path;
use super::{FieldError, MOST_ERRORS, text, words};
use crate::Id;
use crate::ambient::to_millisecond;
use crate::schema::{Field, Kind};

/// Adds what is wrong with a value of this field.
pub(super) fn check(
    field: &Field,
    kind: &Kind,
    found: &Value,
    path: &Path<'_>,
    errors: &mut Vec<FieldError>,
) {
    let wrong = match (kind, found) {
        (Kind::Json, _) | (Kind::Bool, Value::Bool(_)) => None,
        (Kind::Object(fields), Value::Object(members)) => return complete(fields, members, path, errors),
        (Kind::List(item, most), Value::Array(items)) => {
            return list(field, item, *most, items, path, errors);
        }
        (Kind::Int(least, most), Value::Number(number)) => int(number, *least, *most),
        (Kind::Float(least, most), Value::Number(number)) => float(number, *least, *most),
        (kind, Value::String(found)) => string(field, kind, found),
        (kind, _) => Some(wanted(kind)),
    };
    if let Some(message) = wrong {
        say(errors, path, message);
    }
}

fn list(
    field: &Field,
    kind: &Kind,
    most: u32,
    items: &[Value],
    path: &Path<'_>,
    errors: &mut Vec<FieldError>,
) {
    if items.len() > most as usize {
        return say(errors, path, format!("At most {most} entries; there are {}.", items.len()));
    }
    for (index, item) in items.iter().enumerate() {
        if errors.len() >= MOST_ERRORS {
            return;
        }
        check(field, kind, item, &Path::Item(path, index), errors);
    }
}

fn string(field: &Field, kind: &Kind, found: &str) -> Option<String> {
    match kind {
        Kind::Id if found.parse::<Id>().is_ok() => None,
        Kind::Text(most) => text::text(found, *most, field.multi_line, field.not_blank),
        Kind::Email => text::email(found),
        Kind::Color => text::color(found),
        Kind::Zone => text::zone(found),
        Kind::Instant => instant(found),
        Kind::Enum(allowed) => word(found, allowed),
        kind => Some(wanted(kind)),
    }
}

fn instant(found: &str) -> Option<String> {
    match found.parse::<Timestamp>() {
        // The `[Zone]` suffix of RFC 9557 would be dropped in silence; a zone has a field of its own.
        Ok(_) if found.contains('[') => Some(wanted(&Kind::Instant)),
        Ok(instant) if to_millisecond(instant) != instant => {
            Some("Times are kept to the millisecond: at most three digits after the second.".to_owned())
        }
        Ok(_) => None,
        Err(_) => Some(wanted(&Kind::Instant)),
    }
}

fn word(found: &str, allowed: &[&'static str]) -> Option<String> {
    if allowed.contains(&found) {
        return None;
    }
    let list = words::one_of(allowed);
    Some(match words::nearest(found, allowed.iter().copied()) {
        Some(near) => format!("{list}. Did you mean {near}?"),
        None => format!("{list}."),
    })
}

fn int(number: &Number, least: i64, most: i64) -> Option<String> {
    match number.as_i64() {
        Some(value) if (least..=most).contains(&value) => None,
        Some(_) if most == i64::MAX => Some(format!("A whole number of at least {least} is wanted.")),
        _ if most == i64::MAX => Some("A whole number is wanted.".to_owned()),
        _ => Some(format!("A whole number from {least} to {most} is wanted.")),
    }
}

fn float(number: &Number, least: f64, most: f64) -> Option<String> {
    match number.as_f64() {
        Some(value) if value.is_finite() && (least..=most).contains(&value) => None,
        _ => Some(format!("A number from {least} to {most} is wanted.")),
    }
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Id => "An id of 24 hexadecimal digits is wanted.",
        Kind::Text(_) => "Text is wanted.",
        Kind::Email => "A mail address is wanted.",
        Kind::Color => "A colour such as #1e88e5 is wanted.",
        Kind::Zone => "A time zone such as Europe/Berlin is wanted.",
        Kind::Int(..) => "A whole number is wanted.",
        Kind::Float(..) => "A number is wanted.",
        Kind::Bool => "true or false is wanted.",
        Kind::Instant => "An instant such as 2026-11-23T09:00:00Z is wanted.",
        Kind::Enum(allowed) => return format!("{}.", words::one_of(allowed)),
        Kind::List(..) => "A list is wanted.",
        Kind::Object(_) => "A JSON object is wanted.",
        Kind::Json => "Any value is right.",
    }
    .to_owned()
}
