//! A mailbox as people have it, of any size: mostly single bookings, some whole days, some for days on end, series with
//! occurrences moved and called off, guests, texts, private ones.

use jiff::ToSpan as _;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::demo::{booking, whole_days};
use super::programme::{HARBOUR_HALL, KINDS};
use super::random::Random;
use super::regular::{self, Place};
use crate::world::{Actor, Refusal, World};

/// The years around the world's present moment that a mailbox is of.
const YEARS: i64 = 2;

/// Makes `n` single events and series (a series counts once, whatever its exceptions) in a calendar of `user`, the
/// default one when none is named, over the two years around the world's present moment. Of fifty three are series, two
/// are whole days, one lasts for days.
///
/// # Errors
/// For an unknown person or calendar.
pub fn life(world: &World, user: &str, calendar: Option<&str>, n: usize, seed: u64) -> Result<(), Refusal> {
    let mut random = Random::new(seed ^ 0x11FE);
    let today = world.now().to_zoned(TimeZone::UTC).date();
    let first = today.saturating_sub((YEARS * 365 / 2).days());
    let place = Place { world, user, calendar, zone: HARBOUR_HALL.zone };
    for number in 0..n {
        // In order of time, with some play.
        let day = i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(YEARS * 365);
        let day =
            day / i64::try_from(n).unwrap_or(i64::MAX) + i64::try_from(random.below(3)).unwrap_or_default();
        let date = first.saturating_add(day.days());
        let week = i8::try_from(random.below(8)).unwrap_or_default();
        match number % 50 {
            10 => {
                let rooms = ["Boardroom", "Green Room"];
                regular::weekly(&place, date, date.weekday(), 9 + week, 45, "Week planning", rooms)?;
            }
            20 => regular::monthly(&place, date, 9 + week, 90, "House committee", "Boardroom")?,
            30 => regular::daily(&place, date, 5, 8 + week, "Stand-up for the fair", "Crew Room")?,
            15 | 40 => create(&place, &whole_days("Inventory day", date, 1 + day % 3, place.zone))?,
            45 => create(&place, &for_days(date, place.zone))?,
            _ => {
                if let Some(kind) = random.pick(&KINDS) {
                    create(&place, &booking(kind, &mut random, date, HARBOUR_HALL))?;
                }
            }
        }
    }
    Ok(())
}

fn create(place: &Place<'_>, body: &Value) -> Result<(), Refusal> {
    place.world.create_event(Actor::Person, place.user, place.calendar, body).map(|_| ())
}

/// A fair that stands for two nights.
fn for_days(date: Date, zone: &str) -> Value {
    let start = date.to_datetime(time(10, 0, 0, 0));
    json!({
        "subject": "Design fair",
        "start": regular::at(start.to_string(), zone),
        "end": regular::at(start.saturating_add(56.hours()).to_string(), zone),
        "location": {"displayName": "Atrium"},
        "categories": ["Conference"],
    })
}
