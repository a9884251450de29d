//! The series of the seeded venue, with their exceptions and cancelled days.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday, time};
use serde_json::{Value, json};

use crate::world::{Actor, Refusal, World};

/// What every series of the table needs to know.
pub(super) struct Place<'a> {
    pub(super) world: &'a World,
    pub(super) user: &'a str,
    pub(super) calendar: Option<&'a str>,
    pub(super) zone: &'a str,
}

/// A weekly series on one weekday from about `weeks_before` weeks before `around`, without an end.
/// One occurrence later on is moved by an hour and to the second room, one is cancelled.
pub(super) fn weekly(
    place: &Place<'_>,
    around: Date,
    weekday: Weekday,
    hour: i8,
    minutes: i64,
    title: &str,
    [room, other_room]: [&str; 2],
) -> Result<(), Refusal> {
    let first = on_or_after(around.saturating_sub(9.weeks()), weekday);
    let recurrence = json!({
        "pattern": {
            "type": "weekly", "interval": 1, "daysOfWeek": [name(weekday)], "firstDayOfWeek": "monday",
        },
        "range": {"type": "noEnd", "startDate": first.to_string()},
    });
    let id = create(place, first, hour, minutes, title, room, recurrence)?;
    let moved = first.saturating_add(10.weeks());
    let start = moved.to_datetime(time(hour, 0, 0, 0)).saturating_add(1.hour());
    let changes = json!({
        "subject": format!("{title} (one hour later)"),
        "start": at(start.to_string(), place.zone),
        "end": at(start.saturating_add(minutes.minutes()).to_string(), place.zone),
        "location": {"displayName": other_room},
    });
    place.world.edit_occurrence(Actor::Person, place.user, &id, moved, &changes)?;
    place.world.delete_occurrence(Actor::Person, place.user, &id, first.saturating_add(12.weeks()))
}

/// A series on the same weekday of each month, twelve times; the third is cancelled.
pub(super) fn monthly(
    place: &Place<'_>,
    around: Date,
    hour: i8,
    minutes: i64,
    title: &str,
    room: &str,
) -> Result<(), Refusal> {
    let month = around.first_of_month().saturating_sub(3.months());
    let first = on_or_after(month, Weekday::Tuesday);
    let recurrence = json!({
        "pattern": {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"], "index": "first"},
        "range": {"type": "numbered", "startDate": first.to_string(), "numberOfOccurrences": 12},
    });
    let id = create(place, first, hour, minutes, title, room, recurrence)?;
    let third = on_or_after(month.saturating_add(2.months()), Weekday::Tuesday);
    place.world.delete_occurrence(Actor::Person, place.user, &id, third)
}

/// A short daily series with an end date.
pub(super) fn daily(
    place: &Place<'_>,
    first: Date,
    days: i64,
    hour: i8,
    title: &str,
    room: &str,
) -> Result<(), Refusal> {
    let recurrence = json!({
        "pattern": {"type": "daily", "interval": 1},
        "range": {
            "type": "endDate",
            "startDate": first.to_string(),
            "endDate": first.saturating_add((days - 1).days()).to_string(),
        },
    });
    create(place, first, hour, 60, title, room, recurrence).map(|_| ())
}

/// A time as Graph takes it.
pub(super) fn at(local: String, zone: &str) -> Value {
    json!({"dateTime": local, "timeZone": zone})
}

fn create(
    place: &Place<'_>,
    first: Date,
    hour: i8,
    minutes: i64,
    title: &str,
    room: &str,
    recurrence: Value,
) -> Result<String, Refusal> {
    let start = first.to_datetime(time(hour, 0, 0, 0));
    let body = json!({
        "subject": title,
        "start": at(start.to_string(), place.zone),
        "end": at(start.saturating_add(minutes.minutes()).to_string(), place.zone),
        "location": {"displayName": room},
        "categories": ["Internal"],
        "recurrence": recurrence,
    });
    Ok(place.world.create_event(Actor::Person, place.user, place.calendar, &body)?.id)
}

fn on_or_after(date: Date, weekday: Weekday) -> Date {
    let days = date.weekday().until(weekday);
    date.saturating_add(i64::from(days).days())
}

fn name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}
