//! Where and when one person's events are: each gets a letting of its own, a room on a day or in an evening, so that
//! only those clash that are meant to. Pure: from the number of an event alone, so that any part can be made by itself.

use jiff::civil::{Date, DateTime, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::Id;

use super::random::Random;
use super::world::{House, LET, MEETING, Room};

/// Whose events, where and when.
#[derive(Debug, Clone)]
pub(super) struct Diary<'a> {
    pub(super) user_id: Id,
    pub(super) calendars: Vec<Id>,
    pub(super) houses: &'a [House],
    /// The person's number, and how many there are.
    pub(super) person: u64,
    pub(super) people: u64,
    pub(super) first_day: Date,
    pub(super) days: u64,
    /// How many events.
    pub(super) count: u64,
    /// When all of them were made.
    pub(super) now: Timestamp,
}

/// A room on a day, or in the evening of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letting<'a> {
    pub(super) house: &'a House,
    /// Its place among the rooms of the house.
    pub(super) room: usize,
    pub(super) date: Date,
    pub(super) evening: bool,
}

/// Begins of regular meetings lie so far apart, from 8:00 on: a quarter of set-up and half an hour.
const MEETING_STEP_MINUTES: u64 = 45;
const MEETINGS_A_DAY: u64 = 14;

impl<'a> Diary<'a> {
    /// The letting of this event, later for later ones.
    pub(super) fn letting(&self, number: u64, random: &mut Random) -> Option<Letting<'a>> {
        let (first, mine) = self.mine();
        let cells = u128::from(mine * self.days);
        let cell =
            |number: u64| u64::try_from(u128::from(number) * cells / u128::from(self.count.max(1))).ok();
        let (from, until) = (cell(number)?, cell(number + 1)?);
        let cell = from + random.below(until.saturating_sub(from));
        let letting = first + cell % mine;
        let date = self.first_day.checked_add(i64::try_from(cell / mine).ok()?.days()).ok()?;
        let (house, of_house) = (letting / Self::OF_A_HOUSE, letting % Self::OF_A_HOUSE);
        Some(Letting {
            house: self.houses.get(usize::try_from(house).ok()?)?,
            room: usize::try_from(of_house / 2).ok()?,
            date,
            evening: of_house % 2 == 1,
        })
    }

    /// The room and the start, in minutes of the day, of the person's `number`-th regular meeting in this house: many
    /// pass before both are the same again.
    pub(super) fn meeting(&self, house: &'a House, number: u64) -> Option<(&'a Room, i64)> {
        let number = number + self.person * 11;
        let rooms = MEETING.len() as u64;
        let room = MEETING.get(usize::try_from(number % rooms).ok()?)?;
        let step = number / rooms % MEETINGS_A_DAY;
        Some((house.rooms.get(*room)?, i64::try_from(8 * 60 + step * MEETING_STEP_MINUTES).ok()?))
    }

    const OF_A_HOUSE: u64 = 2 * LET as u64;

    /// The person's lettings of a day: the first of them, and how many.
    fn mine(&self) -> (u64, u64) {
        let all = self.houses.len() as u64 * Self::OF_A_HOUSE;
        if self.people > all {
            return (self.person % all.max(1), 1);
        }
        let place = |person: u64| person * all / self.people.max(1);
        (place(self.person), place(self.person + 1) - place(self.person))
    }
}

impl Letting<'_> {
    /// The instant so many minutes after midnight of its day, by the clock on the wall.
    pub(super) fn at(&self, minutes: i64) -> Option<Timestamp> {
        at(&self.house.tz, self.date, minutes)
    }

    /// Whether the clocks change in the night after its day.
    pub(super) fn is_before_a_change(&self) -> bool {
        let offset = |days: i64| {
            let noon = self.date.checked_add(days.days()).ok()?.to_datetime(time(12, 0, 0, 0));
            Some(noon.to_zoned(self.house.tz.clone()).ok()?.offset())
        };
        offset(0) != offset(1)
    }
}

/// The instant so many minutes after midnight, by the clock on the wall.
pub(super) fn at(zone: &TimeZone, date: Date, minutes: i64) -> Option<Timestamp> {
    let local: DateTime = date.at(0, 0, 0, 0).checked_add(SignedDuration::from_mins(minutes)).ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp())
}
