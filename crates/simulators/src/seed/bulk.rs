//! Many plain events, fast: mailboxes of ten thousand.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::programme::{HARBOUR_HALL, KINDS};
use super::random::Random;
use crate::world::{Actor, Refusal, World};

/// Makes `n` single events in a calendar of `user` (the default one when none is named), spread
/// over the two years around the world's present moment.
///
/// # Errors
/// For an unknown person or calendar.
pub fn bulk(world: &World, user: &str, calendar: Option<&str>, n: usize, seed: u64) -> Result<(), Refusal> {
    const SLOTS: u64 = 2 * 365 * 24 * 2;
    let mut random = Random::new(seed ^ 0xB01C);
    let begin = world.now().saturating_sub(SignedDuration::from_hours(365 * 24)).unwrap_or(Timestamp::MIN);
    let hour = begin.as_second().div_euclid(3_600) * 3_600;
    let begin = Timestamp::from_second(hour).unwrap_or(begin);
    for number in 0..n {
        let half_hours = i64::try_from(random.below(SLOTS)).unwrap_or(0);
        let start = begin.saturating_add(SignedDuration::from_mins(30 * half_hours)).unwrap_or(begin);
        let length = i64::try_from(30 + 30 * random.below(8)).unwrap_or(60);
        let end = start.saturating_add(SignedDuration::from_mins(length)).unwrap_or(start);
        let local = |at: Timestamp| json!({"dateTime": at.to_zoned(TimeZone::UTC).datetime().to_string(), "timeZone": "UTC"});
        let kind = random.pick(&KINDS);
        let title = kind.and_then(|kind| random.pick(kind.titles)).copied().unwrap_or("Booking");
        let rooms = kind.and_then(|kind| kind.rooms.get(HARBOUR_HALL.place)).copied().unwrap_or_default();
        let room = random.pick(rooms).copied().unwrap_or_default();
        let body = json!({
            "subject": format!("{title} {}", number + 1),
            "start": local(start),
            "end": local(end),
            "location": {"displayName": room},
            "categories": kind.map(|kind| vec![kind.category]).unwrap_or_default(),
        });
        world.create_event(Actor::Person, user, calendar, &body)?;
    }
    Ok(())
}
