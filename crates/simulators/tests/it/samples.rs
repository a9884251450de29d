//! What the recorded samples show: for each kind of thing, every member path with its type.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

/// The folder with contracts, or nothing (said in one line) when it is not beside the checkout.
pub(crate) fn contracts() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts");
    let folder = PathBuf::from(std::env::var_os("CALLBOARD_CONTRACTS").unwrap_or_else(|| beside.into()));
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{} is missing", folder.display());
    println!("skipped: no contracts at {}", folder.display());
    None
}

pub(crate) fn read(path: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Kinds of things whose members are compared.
pub(crate) const KINDS: [&str; 6] = ["event", "calendar", "category", "settings", "error", "page"];

/// Lines like `event attendees[].type string`.
pub(crate) type Shown = BTreeSet<String>;

/// Everything that the samples of Graph show.
pub(crate) fn shown(contracts: &std::path::Path) -> Shown {
    let mut shown = Shown::new();
    for entry in std::fs::read_dir(contracts.join("samples/graph")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let body = read(&path)["body"].take();
        let kind = match name.as_str() {
            name if name.starts_with("calendarview-")
                || name.starts_with("event-")
                || name.starts_with("events-") =>
            {
                "event"
            }
            "recurrence-all-types" => {
                for recurrence in body["recurrence"].as_array().unwrap() {
                    collect("event recurrence", recurrence, &mut shown);
                }
                continue;
            }
            name if name.starts_with("calendar-get") && name != "calendar-getschedule-two-people" => {
                "calendar"
            }
            name if name.starts_with("calendars-list") => "calendar",
            name if name.starts_with("master-categor") => "category",
            "mailbox-settings-get" => "settings",
            name if name.starts_with("error-") => "error",
            _ => continue,
        };
        whole(kind, &body, &mut shown);
    }
    shown
}

/// The lines of one answer: a list is a page of things, anything else is the thing.
pub(crate) fn whole(kind: &str, body: &Value, lines: &mut Shown) {
    match body.get("value").and_then(Value::as_array) {
        Some(items) => {
            for (name, value) in body.as_object().unwrap().iter().filter(|(name, _)| *name != "value") {
                collect(&format!("page {name}"), value, lines);
            }
            items.iter().for_each(|item| thing(kind, item, lines));
        }
        None => thing(kind, body, lines),
    }
}

fn thing(kind: &str, item: &Value, lines: &mut Shown) {
    for (name, value) in item.as_object().into_iter().flatten() {
        if name == "exceptionOccurrences" {
            value.as_array().into_iter().flatten().for_each(|one| thing(kind, one, lines));
        }
        collect(&format!("{kind} {name}"), value, lines);
    }
}

fn collect(path: &str, value: &Value, lines: &mut Shown) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            if !path.ends_with("exceptionOccurrences") {
                items.iter().for_each(|item| collect(&format!("{path}[]"), item, lines));
            }
            "array"
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| collect(&format!("{path}.{name}"), value, lines));
            "object"
        }
    };
    lines.insert(format!("{path} {kind}"));
}
