//! 1, baseline: documents of the plain specification get what Callboard's own declaration requires besides.
//!
//! A store that Callboard made has this form from its first moment. Another, say a MongoDB database restored from a
//! `mongodump`, may lack fields that only Callboard knows (`revision`, `time_zone`), have null where Callboard leaves a
//! field out, and an embedded document in another order: longitude comes first, because MongoDB reads places by position.
//! What cannot be made up (whose event it is, when it begins) is a trouble, and nothing is changed anywhere.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::collections::{ADMIN_EXPORTS, CALENDARS, CATEGORIES, EVENTS, LOCATIONS, SYNC_LOGS, USERS};
use model::schema::{Exposure, Field, Kind, Origin};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Fields, Migration, Step, Trouble};

pub(super) static MIGRATION: Migration = Migration {
    number: 1,
    name: "baseline",
    steps: &[
        Step { collection: &USERS, up: users, down: None },
        Step { collection: &CALENDARS, up: calendars, down: None },
        Step { collection: &EVENTS, up: events, down: None },
        Step { collection: &CATEGORIES, up: categories, down: None },
        Step { collection: &LOCATIONS, up: locations, down: None },
        Step { collection: &SYNC_LOGS, up: sync_logs, down: None },
        Step { collection: &ADMIN_EXPORTS, up: admin_exports, down: None },
    ],
    source: include_str!("m0001_baseline.rs"),
    // Before there was a second migration, the digest was of number and name, and every store was new.
    also: &["78b7f5e24c098a810ade3a11c4f1c110deffe0201308e32c62cf9cc46f7864c0"],
};

const COLOR: &str = "#4f6bed";

fn users(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    fields.fill("role", "user")?;
    fields.fill("google_connected", false)?;
    fields.fill("is_disabled", false)?;
    audited(fields)
}

fn calendars(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    fields.fill("color", COLOR)?;
    fields.fill("is_primary", false)?;
    fields.fill("can_edit", true)?;
    fields.fill("is_active", true)?;
    fields.fill("sync_enabled", false)?;
    audited(fields)
}

fn events(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    let is_exception = fields.has("recurrence_master_id");
    let is_series = fields.has("recurrence_pattern") && !is_exception;
    fields.fill("title", "")?;
    fields.fill("all_day", false)?;
    fields.fill("is_recurring", is_series)?;
    fields.fill("sync_status", "not_synced")?;
    fields.fill("time_zone", "UTC")?;
    fields.fill("is_cancelled", false)?;
    if let Some(category) = fields.get::<String>("category")? {
        fields.fill("categories", [category])?;
    }
    if is_exception && !fields.has("original_date") && !fields.has("original_start") {
        // Which occurrence it stands for was not kept; the day on which it is now is the best there is.
        let start: Timestamp = fields.need("start_time")?;
        fields.set("original_date", start.to_zoned(TimeZone::UTC).date())?;
        fields.set("original_start", start)?;
    }
    audited(fields)
}

fn categories(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    fields.fill("color", COLOR)?;
    fields.fill("type", "internal")?;
    named(fields)
}

fn locations(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    named(fields)
}

fn named(fields: &mut Fields) -> Result<(), Trouble> {
    fields.fill("is_active", true)?;
    fields.fill("usage_count", 0)?;
    audited(fields)
}

fn sync_logs(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    for count in ["events_processed", "events_created", "events_updated", "events_deleted", "duration_ms"] {
        fields.fill(count, 0)?;
    }
    fields.fill("errors", [(); 0])?;
    let started: Timestamp = fields.get("started_at")?.unwrap_or_else(|| fields.made_at());
    fields.fill("started_at", started)?;
    fields.fill("completed_at", started)?;
    let completed: Timestamp = fields.need("completed_at")?;
    fields.fill("created_at", started)?;
    fields.fill("updated_at", completed)?;
    audited(fields)
}

fn admin_exports(fields: &mut Fields) -> Result<(), Trouble> {
    tidy(fields)?;
    let last: Option<Timestamp> = fields.get("completed_at")?;
    if let Some(last) = last {
        fields.fill("updated_at", last)?;
    }
    audited(fields)
}

/// Times of making and changing, the first revision; afterwards nothing required is missing.
fn audited(fields: &mut Fields) -> Result<(), Trouble> {
    let made: Timestamp = fields.get("created_at")?.unwrap_or_else(|| fields.made_at());
    fields.fill("created_at", made)?;
    fields.fill("updated_at", made)?;
    if !fields.has("revision") {
        // The first revision is given by whoever writes the change.
        fields.take("revision");
        fields.set("revision", 0)?;
    }
    // What is required of our own later comes with a migration of its own.
    let required = fields.collection().fields.iter().filter(|field| {
        field.required && field.origin == Origin::Specification && field.exposure != Exposure::Derived
    });
    for field in required {
        if !fields.has(field.name) {
            return Err(Trouble::new(field.name, "it is missing and cannot be made up"));
        }
    }
    Ok(())
}

/// Takes nulls away and brings embedded documents into the declared order.
fn tidy(fields: &mut Fields) -> Result<(), Trouble> {
    for field in fields.collection().fields {
        let Some(text) = fields.text(field.name) else { continue };
        if text == "null" {
            fields.take(field.name);
            continue;
        }
        if !holds_documents(&field.kind) {
            continue;
        }
        let value: Value = fields.need(field.name)?;
        let mut ordered = String::new();
        write(&field.kind, &value, &mut ordered);
        // Spaces between members are no difference.
        if serde_json::from_str::<Value>(text).ok() != serde_json::from_str(&ordered).ok()
            || !same_order(text, &ordered)
        {
            let ordered = RawValue::from_string(ordered)
                .map_err(|error| Trouble::new(field.name, error.to_string()))?;
            fields.set(field.name, ordered)?;
        }
    }
    Ok(())
}

fn holds_documents(kind: &Kind) -> bool {
    match kind {
        Kind::Object(_) => true,
        Kind::List(item, _) => holds_documents(item),
        _ => false,
    }
}

/// Whether two texts of equal values have their members in the same order.
fn same_order(own: &str, other: &str) -> bool {
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    bare(own) == bare(other)
}

/// A value in the order of its declaration, without nulls.
fn write(kind: &Kind, value: &Value, out: &mut String) {
    match (kind, value) {
        (Kind::List(item, _), Value::Array(items)) => {
            out.push('[');
            for (position, value) in items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write(item, value, out);
            }
            out.push(']');
        }
        (Kind::Object(declared), Value::Object(members)) => {
            let own = |name: &str| declared.iter().any(|field: &Field| field.name == name);
            let first =
                declared.iter().filter_map(|field| Some((field.name, &field.kind, members.get(field.name)?)));
            let others = members.iter().filter(|(name, _)| !own(name));
            let others = others.map(|(name, value)| (name.as_str(), &Kind::Json, value));
            out.push('{');
            let mut is_first = true;
            for (name, kind, value) in first.chain(others).filter(|(_, _, value)| !value.is_null()) {
                if !is_first {
                    out.push(',');
                }
                is_first = false;
                out.push_str(&Value::from(name).to_string());
                out.push(':');
                write(kind, value, out);
            }
            out.push('}');
        }
        (_, value) => out.push_str(&value.to_string()),
    }
}
