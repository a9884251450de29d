//! Objects against their declared fields: complete ones, and partial changes.

use serde_json::{Map, Value};

use super::path::Path;
use super::{FieldError, MOST_ERRORS, NO_SUCH_FIELD, value, words};
use crate::schema::Field;

/// Checks an object that must have every required field.
pub(super) fn complete(
    fields: &[Field],
    members: &Map<String, Value>,
    path: &Path<'_>,
    errors: &mut Vec<FieldError>,
) {
    for name in members.keys() {
        if !fields.iter().any(|field| field.name == name) {
            say_unknown(errors, fields, name, path);
        }
    }
    for field in fields {
        let path = Path::Member(path, field.name);
        match members.get(field.name) {
            None if field.required => say(errors, &path, "This field is required.".to_owned()),
            None => {}
            Some(Value::Null) => {
                say(errors, &path, "A field without a value is left out, not null.".to_owned());
            }
            Some(found) => value::check(field, &field.kind, found, &path, errors),
        }
    }
}

/// Checks a change: only some fields, all of them writable; null takes one away.
pub(super) fn partial(
    fields: &[Field],
    members: &Map<String, Value>,
    writable: &[&str],
    errors: &mut Vec<FieldError>,
) {
    for (name, found) in members {
        let path = Path::Member(&Path::Root, name);
        match fields.iter().find(|field| field.name == name) {
            None => say_unknown(errors, fields, name, &Path::Root),
            Some(field) if !writable.contains(&field.name) => {
                say(errors, &path, "This field may not be changed here.".to_owned());
            }
            Some(field) if found.is_null() && field.required => {
                say(errors, &path, "This field is required and cannot be taken away.".to_owned());
            }
            Some(_) if found.is_null() => {}
            Some(field) => value::check(field, &field.kind, found, &path, errors),
        }
    }
}

/// Adds an error, unless there are more than anybody reads.
pub(super) fn say(errors: &mut Vec<FieldError>, path: &Path<'_>, message: String) {
    if errors.len() < MOST_ERRORS {
        errors.push(FieldError::new(path.to_string(), message));
    }
}

/// Says that there is no such field. The nearest name is only looked for where it will be read: looking takes long.
fn say_unknown(errors: &mut Vec<FieldError>, fields: &[Field], name: &str, parent: &Path<'_>) {
    if errors.len() >= MOST_ERRORS {
        return;
    }
    let message = match words::nearest(name, fields.iter().map(|field| field.name)) {
        Some(near) => format!("{NO_SUCH_FIELD} Did you mean {near}?"),
        None => NO_SUCH_FIELD.to_owned(),
    };
    say(errors, &Path::Member(parent, name), message);
}
