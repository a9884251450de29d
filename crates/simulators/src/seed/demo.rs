//! Harbour Hall: three people in three venues, ten years around one day: dense about it, a few bookings a month beyond.

use jiff::civil::{Date, Weekday, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::programme::{DOMAIN, GUESTS, HARBOUR_HALL, HOLIDAYS, KINDS, Kind, NOTES, PEOPLE, Person, Venue};
use super::random::Random;
use super::regular::{self, Place, at};
use crate::world::{Actor, CalendarSpec, Refusal, UserSpec, World};

/// Days before and after the given moment that get bookings as a house in business has them.
const DAYS_BEFORE: i64 = 60;
const DAYS_AFTER: i64 = 150;
/// Days before and after it that get a booking now and then: five years each.
const FAR_DAYS: i64 = 5 * 365 + 1;
/// In so many of a hundred days.
const FAR_SHARE: u64 = 5;
/// Days from the given moment to the one clash of rooms, the coordinator's.
const CLASH_DAY: i64 = 2;

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeded {
    /// Mail addresses, the coordinator first.
    pub people: Vec<String>,
    /// Single events and series.
    pub events: usize,
}

/// Fills a world with three venues, around the given moment: ten years of singles, whole days over one
/// and several days, series over a DST change with exceptions and cancelled days, guests, invitations, a
/// read-only calendar of holidays, and two bookings of one room at one time.
///
/// # Errors
/// When one of the three people exists already.
pub fn demo_world(world: &World, seed: u64, around: Timestamp) -> Result<Seeded, Refusal> {
    let mut random = Random::new(seed);
    let today = around.to_zoned(TimeZone::UTC).date();
    let mut people = Vec::new();
    for person in PEOPLE {
        let mail = format!("{}@{DOMAIN}", person.local_part);
        world.add_user(UserSpec {
            id: String::new(),
            name: person.name.to_owned(),
            mail: mail.clone(),
            time_zone: person.zone.to_owned(),
        })?;
        let mut working = None;
        for diary in person.diaries {
            let (name, color) = (diary.name.to_owned(), diary.color.to_owned());
            let id = world.add_calendar(&mail, CalendarSpec { name, color, can_edit: diary.can_edit })?;
            if !diary.can_edit {
                holidays(world, &mail, &id, today)?;
            } else if working.is_none() {
                working = Some(id);
            }
        }
        let bookings = Place { world, user: &mail, calendar: working.as_deref(), zone: person.venue.zone };
        bookings_of(&bookings, &person, &mut random, today)?;
        own_days(&Place { calendar: None, zone: person.zone, ..bookings }, today)?;
        people.push(mail);
    }
    series(world, &people, today)?;
    invitations(world, &people, today)?;
    let mut events = 0;
    for mail in &people {
        events += world.summaries(mail)?.len();
    }
    Ok(Seeded { people, events })
}

/// At most one a day, so that nothing clashes by chance.
fn bookings_of(place: &Place<'_>, person: &Person, random: &mut Random, today: Date) -> Result<(), Refusal> {
    for day in -FAR_DAYS..FAR_DAYS {
        let date = today.saturating_add(day.days());
        let busy = match date.weekday() {
            _ if !(-DAYS_BEFORE..DAYS_AFTER).contains(&day) => FAR_SHARE,
            Weekday::Friday | Weekday::Saturday => 85,
            _ => 45,
        };
        if random.chance(busy)
            && let Some(kind) = random.pick(&KINDS)
        {
            let body = booking(kind, random, date, person.venue);
            if !is_kept_free(person, day, date) {
                place.world.create_event(Actor::Person, place.user, place.calendar, &body)?;
            }
        }
    }
    if person.venue.place == HARBOUR_HALL.place { clash(place, today) } else { Ok(()) }
}

/// Days on which something else is in the room that a booking might take.
fn is_kept_free(person: &Person, day: i64, date: Date) -> bool {
    match person.venue.place {
        0 => day == CLASH_DAY,
        1 => date.weekday() == Weekday::Thursday,
        _ => false,
    }
}

/// Two that want the terrace on one evening: somebody has to decide.
fn clash(place: &Place<'_>, today: Date) -> Result<(), Refusal> {
    let date = today.saturating_add(CLASH_DAY.days());
    for (title, category, hour, hours) in
        [("Wedding Haas", "Wedding", 14, 8), ("Sailing Club Jubilee", "Gala dinner", 18, 4)]
    {
        let start = date.to_datetime(time(hour, 0, 0, 0));
        let body = json!({
            "subject": title,
            "start": at(start.to_string(), place.zone),
            "end": at(start.saturating_add(i64::from(hours).hours()).to_string(), place.zone),
            "location": {"displayName": "Roof Terrace"},
            "categories": [category],
        });
        place.world.create_event(Actor::Person, place.user, place.calendar, &body)?;
    }
    Ok(())
}

/// A booking of this kind in one of the venue's rooms.
pub(super) fn booking(kind: &Kind, random: &mut Random, date: Date, venue: Venue) -> Value {
    let zone = venue.zone;
    let rooms = kind.rooms.get(venue.place).copied().unwrap_or_default();
    let mut from = |list: &[u64]| i64::try_from(random.pick(list).copied().unwrap_or(9)).unwrap_or(9);
    let (hour, minutes) = (from(kind.hours), from(kind.minutes));
    let start = date.to_datetime(time(i8::try_from(hour).unwrap_or(9), 0, 0, 0));
    let mut body = json!({
        "subject": random.pick(kind.titles),
        "start": at(start.to_string(), zone),
        "end": at(start.saturating_add(minutes.minutes()).to_string(), zone),
        "location": {"displayName": random.pick(rooms)},
        "categories": [kind.category],
        "showAs": if random.chance(12) { "tentative" } else { "busy" },
    });
    if let Some(members) = body.as_object_mut() {
        if random.chance(60) {
            let content = random.pick(&NOTES);
            members.insert("body".to_owned(), json!({"contentType": "text", "content": content}));
        }
        if random.chance(25) {
            let guests: Vec<Value> =
                (0..=random.below(3)).filter_map(|_| random.pick(&GUESTS)).map(guest).collect();
            members.insert("attendees".to_owned(), json!(guests));
        }
        if random.chance(8) {
            members.insert("sensitivity".to_owned(), json!("private"));
        }
    }
    body
}

fn guest((name, address): &(&str, &str)) -> Value {
    json!({"type": "required", "emailAddress": {"name": name, "address": address}})
}

/// Whole days in the default calendar: one day, and a fair of three.
fn own_days(place: &Place<'_>, today: Date) -> Result<(), Refusal> {
    let days = [("Inventory day", 5, 1), ("Harbour fair", 20, 3), ("Out of the house", -12, 2)];
    for (title, offset, length) in days {
        let first = today.saturating_add(i64::from(offset).days());
        let body = whole_days(title, first, length, place.zone);
        place.world.create_event(Actor::Person, place.user, place.calendar, &body)?;
    }
    Ok(())
}

/// So many whole days, which take nobody's time.
pub(super) fn whole_days(title: &str, first: Date, length: i64, zone: &str) -> Value {
    let until = first.saturating_add(length.days());
    json!({
        "subject": title, "isAllDay": true, "showAs": "free", "categories": ["Internal"],
        "start": at(first.to_datetime(time(0, 0, 0, 0)).to_string(), zone),
        "end": at(until.to_datetime(time(0, 0, 0, 0)).to_string(), zone),
    })
}

/// What all three take part in is at one moment for all, in the zone of the house that calls it.
fn series(world: &World, people: &[String], today: Date) -> Result<(), Refusal> {
    for mail in people {
        let place = Place { world, user: mail, calendar: None, zone: HARBOUR_HALL.zone };
        let rooms = ["Boardroom", "Green Room"];
        regular::weekly(&place, today, Weekday::Monday, 9, 30, "Week planning", rooms)?;
        regular::monthly(&place, today, 14, 90, "House committee", "Boardroom")?;
        regular::daily(&place, today.saturating_add(7.days()), 5, 8, "Stand-up for the fair", "Crew Room")?;
    }
    // Over both DST changes, in the evening.
    if let (Some(mail), Some(person)) = (people.get(1), PEOPLE.get(1)) {
        let place = Place { world, user: mail, calendar: None, zone: person.venue.zone };
        let rooms = ["Black Box", "Lantern Room"];
        regular::weekly(&place, today, Weekday::Thursday, 18, 150, "Open stage", rooms)?;
    }
    Ok(())
}

/// Meetings that others organise.
fn invitations(world: &World, people: &[String], today: Date) -> Result<(), Refusal> {
    for (index, mail) in (1..).zip(people) {
        let start = today.saturating_add(i64::from(3 * index).days()).to_datetime(time(11, 0, 0, 0));
        let body = json!({
            "subject": "Site visit with North Quay",
            "start": at(start.to_string(), "UTC"),
            "end": at(start.saturating_add(1.hour()).to_string(), "UTC"),
            "location": {"displayName": "Crew Room"},
            "attendees": [
                {"type": "required", "emailAddress": {"name": "Clara Nyman", "address": GUESTS[0].1}},
                {"type": "required", "emailAddress": {"name": mail, "address": mail}},
            ],
        });
        world.receive_invitation(mail, GUESTS[0], &body)?;
    }
    Ok(())
}

fn holidays(world: &World, mail: &str, calendar: &str, today: Date) -> Result<(), Refusal> {
    for year in [today.year(), today.year() + 1] {
        for (month, day, name) in HOLIDAYS {
            let Ok(date) = Date::new(year, month, day) else { continue };
            let body = json!({
                "subject": name, "isAllDay": true, "showAs": "free", "isReminderOn": false,
                "start": at(date.to_datetime(time(0, 0, 0, 0)).to_string(), "UTC"),
                "end": at(date.saturating_add(1.day()).to_datetime(time(0, 0, 0, 0)).to_string(), "UTC"),
            });
            world.create_event(Actor::Person, mail, Some(calendar), &body)?;
        }
    }
    Ok(())
}
