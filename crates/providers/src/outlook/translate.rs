//! From Graph's events to ours. Pure, and total: whatever an item holds, the answer is an entry, never a panic, and
//! one bad item does not hold up the others.

use serde::Deserialize as _;
use serde_json::Value;
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind, RemoteTime};

use super::wire::{Body, Event, Location};
use super::{people, series, when};
use crate::plain_text;

/// What is wrong with an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defect {
    /// Stable code for the sync log.
    pub(super) code: &'static str,
    /// What is wrong, as the rest of a sentence about "it".
    pub(super) reason: String,
}

impl Defect {
    pub(super) fn new(code: &'static str, reason: String) -> Self {
        Self { code, reason }
    }
}

/// What an item of a page turned out to be.
#[derive(Debug)]
pub(super) enum Item {
    /// Understood, or understood to be unreadable.
    Entry(RemoteEntry),
    /// An event without the members that make it one: some delta reads give only its id and times.
    Incomplete {
        /// The id to ask for.
        id: String,
    },
}

/// Reads an item of a page, given as its JSON text.
pub(super) fn item(text: &str) -> Item {
    whole(text).unwrap_or_else(|| member_by_member(text))
}

/// An item with all that makes it an event or an occurrence, as nearly every one is: read straight from the text.
fn whole(text: &str) -> Option<Item> {
    let wire: Event = serde_json::from_str(text).ok()?;
    let id = wire.id.clone().filter(|id| !id.is_empty())?;
    let is_sent = wire.subject.is_some()
        && wire.body.is_some()
        && wire.start.is_some()
        && wire.end.is_some()
        && wire.is_all_day.is_some();
    let is_whole = wire.kind.is_some() && !wire.is_removed && is_sent;
    (is_whole && has_place(&wire)).then(|| understood(id, &wire))
}

/// Any item, with a look at which members were sent.
fn member_by_member(text: &str) -> Item {
    let raw: Value = match serde_json::from_str(text) {
        Ok(raw) => raw,
        Err(error) => return Item::Entry(unreadable(None, shape(&error))),
    };
    let id = raw.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
    let Some(id) = id else {
        return Item::Entry(unreadable(None, Defect::new("no_id", "it has no id".to_owned())));
    };
    if raw.get("@removed").is_some() {
        return Item::Entry(RemoteEntry::Removed { id });
    }
    let wire = match Event::deserialize(&raw) {
        Ok(wire) => wire,
        Err(error) => return Item::Entry(unreadable(Some(id), shape(&error))),
    };
    if is_occurrence(&wire) || is_complete(&raw, &wire) {
        understood(id, &wire)
    } else {
        Item::Incomplete { id }
    }
}

fn understood(id: String, wire: &Event) -> Item {
    let entry = if is_occurrence(wire) {
        occurrence(&id, wire)
    } else {
        event(wire).map(|event| RemoteEntry::Event(Box::new(event)))
    };
    Item::Entry(entry.unwrap_or_else(|defect| unreadable(Some(id), defect)))
}

fn is_occurrence(wire: &Event) -> bool {
    wire.kind.as_deref() == Some("occurrence")
}

/// Reads an item that was asked for by its id.
pub(super) fn single(raw: Value) -> Result<RemoteEntry, Defect> {
    let wire: Event = serde_json::from_value(raw).map_err(|error| shape(&error))?;
    match wire.id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) if is_occurrence(&wire) => occurrence(id, &wire),
        _ => event(&wire).map(|event| RemoteEntry::Event(Box::new(event))),
    }
}

/// The entry of an item that could not be understood.
pub(super) fn unreadable(id: Option<String>, defect: Defect) -> RemoteEntry {
    RemoteEntry::Unreadable {
        id,
        code: defect.code.to_owned(),
        reason: format!("Outlook sent an event that cannot be read: {}", defect.reason),
    }
}

fn shape(error: &serde_json::Error) -> Defect {
    // The text of others ends up in a log: bounded.
    Defect::new("bad_shape", format!("{error:.200}"))
}

/// Whether the members are there that we translate. Their values may be null; a member that is absent was not sent.
fn is_complete(raw: &Value, wire: &Event) -> bool {
    let sent =
        ["type", "subject", "body", "start", "end", "isAllDay"].iter().all(|name| raw.get(name).is_some());
    sent && has_place(wire)
}

/// Whether an item says of its series what its type needs.
fn has_place(wire: &Event) -> bool {
    match wire.kind.as_deref() {
        Some("seriesMaster") => wire.recurrence.is_some(),
        Some("exception") => wire.occurrence_id.is_some() || wire.original_start.is_some(),
        _ => true,
    }
}

fn occurrence(id: &str, wire: &Event) -> Result<RemoteEntry, Defect> {
    Ok(RemoteEntry::Occurrence {
        id: id.to_owned(),
        series_master_id: series::master_id(wire)?,
        start: when::instant(wire.start.as_ref(), "start")?,
    })
}

fn event(wire: &Event) -> Result<RemoteEvent, Defect> {
    let id = wire.id.clone().filter(|id| !id.is_empty());
    let time = time(wire)?;
    Ok(RemoteEvent {
        id: id.ok_or_else(|| Defect::new("no_id", "it has no id".to_owned()))?,
        etag: wire.etag.clone().or_else(|| wire.change_key.as_ref().map(|key| format!("W/\"{key}\""))),
        kind: kind(wire)?,
        title: wire.subject.clone().unwrap_or_default(),
        description: description(wire.body.as_ref()),
        time,
        location: location(wire),
        categories: wire.categories.clone().unwrap_or_default(),
        attendees: people::attendees(wire.attendees.as_deref().unwrap_or_default(), wire.organizer.as_ref()),
        show_as: wire.show_as.as_deref().map(show_as),
        sensitivity: wire.sensitivity.as_deref().map(sensitivity),
        is_cancelled: wire.is_cancelled.unwrap_or(false),
        last_modified: wire.last_modified_date_time.as_deref().and_then(|text| text.parse().ok()),
    })
}

fn kind(wire: &Event) -> Result<RemoteKind, Defect> {
    match wire.kind.as_deref() {
        Some("singleInstance") | None if wire.recurrence.is_none() => Ok(RemoteKind::Single),
        Some("seriesMaster") | None => Ok(RemoteKind::Master { recurrence: series::recurrence(wire)? }),
        Some("exception") => Ok(RemoteKind::Exception {
            series_master_id: series::master_id(wire)?,
            original_date: series::original_date(wire)?,
        }),
        Some(other) => Err(Defect::new("unknown_type", format!("its type is {other:.40?}"))),
    }
}

fn time(wire: &Event) -> Result<RemoteTime, Defect> {
    if wire.is_all_day.unwrap_or(false) {
        let start = when::day(wire.start.as_ref(), "start")?;
        let end = when::day(wire.end.as_ref(), "end")?;
        if end < start {
            return Err(backwards());
        }
        // A whole day that ends where it begins covers that day.
        let end = if end == start { start.tomorrow().map_err(|_| backwards())? } else { end };
        return Ok(RemoteTime::AllDay { start, end });
    }
    let start = when::instant(wire.start.as_ref(), "start")?;
    let end = when::instant(wire.end.as_ref(), "end")?;
    if end < start {
        return Err(backwards());
    }
    let meant = when::meant(wire);
    Ok(RemoteTime::Timed { start, end, zone: meant.iana(), provider_zone: meant.provider_zone })
}

fn backwards() -> Defect {
    Defect::new("end_before_start", "it ends before it starts".to_owned())
}

fn description(body: Option<&Body>) -> String {
    let Some(body) = body else { return String::new() };
    let content = body.content.as_deref().unwrap_or_default();
    match body.content_type.as_deref() {
        // Text was asked for; delta reads give HTML all the same.
        Some(kind) if kind.eq_ignore_ascii_case("html") => plain_text::from_html(content),
        _ => plain_text::normalise(content),
    }
}

/// One line: the name Outlook shows, else the names of the several places.
fn location(wire: &Event) -> String {
    let name = |location: &Location| location.display_name.as_deref().unwrap_or_default().trim().to_owned();
    let main = wire.location.as_ref().map(name).unwrap_or_default();
    if !main.is_empty() {
        return main;
    }
    let several = wire.locations.as_deref().unwrap_or_default().iter().map(name);
    several.filter(|name| !name.is_empty()).collect::<Vec<_>>().join("; ")
}

fn show_as(text: &str) -> String {
    let known = ["free", "tentative", "busy", "oof", "workingElsewhere"];
    known.iter().find(|name| text.eq_ignore_ascii_case(name)).map_or("unknown", |name| name).to_owned()
}

/// A word we do not know is taken for private: showing too little can be mended.
fn sensitivity(text: &str) -> String {
    let known = ["normal", "personal", "private", "confidential"];
    known.iter().find(|name| text.eq_ignore_ascii_case(name)).map_or("private", |name| name).to_owned()
}

#[cfg(test)]
mod tests;
