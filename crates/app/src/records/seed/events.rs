//! One person's events, in the order of time, as a cycle of fifty that repeats: so the shares of all kinds are known,
//! and so is what clashes.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::Id;
use model::documents::{Attendee, Event, PriorityLevel, Record};

use super::diary::{Diary, Letting, at};
use super::random::Random;
use super::series::Regular;
use super::words::{
    BY_DAY, CLIENTS, EXHIBITION, FIRST_NAMES, Habit, IN_THE_EVENING, INTERNAL_CATEGORIES, LAST_NAMES,
    LONG_NIGHT, NOTES, NOTICE, OUT_OF_THE_HOUSE, WHOLE_DAYS,
};
use super::world::{GALLERY, Room, gear};

/// Events are made in parts of so many, each from a stream of numbers of its own: what is there already need not be
/// made again. A part is of whole cycles, and begins with an event whose id is by its number.
pub(super) const PART: u64 = 500;

/// What the event at a place of the cycle is.
enum Shape {
    /// In a room, for some hours.
    Letting,
    /// In the room and at the time of the one before.
    RoomClash,
    /// Wants the crew of the one before, at its time, elsewhere.
    CrewClash,
    /// Wants one more of something than the room has.
    GearClash,
    /// Called off.
    Cancelled,
    /// Whole days, so many at the most.
    WholeDays(i64),
    /// Two to four days on end.
    Exhibition,
    /// A series: the first or the second of the cycle.
    Series(u64),
    /// An occurrence of the last series on another day.
    Moved,
    /// An occurrence of the last series for which only the crew's fields differ.
    ForTheCrew,
}

fn shape(number: u64) -> Shape {
    match number % 50 {
        1 => Shape::Series(0),
        2 | 27 => Shape::Moved,
        3 => Shape::WholeDays(3),
        4 => Shape::ForTheCrew,
        6 => Shape::RoomClash,
        7 => Shape::Exhibition,
        9 => Shape::CrewClash,
        12 => Shape::GearClash,
        17 => Shape::Cancelled,
        26 => Shape::Series(1),
        38 => Shape::WholeDays(14),
        _ => Shape::Letting,
    }
}

/// Makes the events of a part one after the other.
pub(super) struct Maker<'a> {
    pub(super) diary: &'a Diary<'a>,
    pub(super) random: Random,
    pub(super) place: u64,
    pub(super) seed: u64,
    /// The number of the next one.
    next: u64,
    until: u64,
    /// The last one that was in a room, and its house.
    before: Option<(Event, Letting<'a>)>,
    pub(super) regular: Option<Regular>,
}

impl<'a> Maker<'a> {
    /// The part that begins with this event of the diary. `place` is that of the ids.
    pub(super) fn part(diary: &'a Diary<'a>, seed: u64, place: u64, first: u64) -> Self {
        let random =
            Random::new(seed.wrapping_add((first / PART).wrapping_mul(0xd1b5_4a32_d192_ed03)), place);
        let until = (first + PART).min(diary.count);
        Self { diary, random, place, seed, next: first, until, before: None, regular: None }
    }

    fn make(&mut self) -> Option<Event> {
        let letting = self.diary.letting(self.next, &mut self.random)?;
        let made = match shape(self.next) {
            Shape::Letting => None,
            Shape::RoomClash => self.room_clash(),
            Shape::CrewClash => self.crew_clash(),
            Shape::GearClash => self.gear_clash(letting),
            Shape::Cancelled => self.letting(letting).map(|event| Event {
                is_cancelled: true,
                title: format!("Called off: {}", event.title),
                ..event
            }),
            Shape::WholeDays(longest) => self.whole_days(letting, longest),
            Shape::Exhibition => self.exhibition(letting),
            Shape::Series(place) => self.series(letting, place),
            Shape::Moved => self.moved(),
            Shape::ForTheCrew => self.for_the_crew(),
        };
        let mut event = match made {
            Some(event) => event,
            None => self.letting(letting)?,
        };
        event.derive();
        event.created_by = Some(self.diary.user_id);
        event.touch(self.diary.now);
        Some(event)
    }

    /// Which event of the diary is being made.
    pub(super) fn number(&self) -> u64 {
        self.next
    }

    fn is_before_a_crew_clash(&self) -> bool {
        matches!(shape(self.next + 1), Shape::CrewClash)
    }

    fn id(&self) -> Id {
        super::seed_id(self.seed, self.place, self.next)
    }

    fn letting(&mut self, letting: Letting<'a>) -> Option<Event> {
        let room = letting.house.rooms.get(letting.room)?;
        let (habit, start, end) = if letting.evening && letting.is_before_a_change() {
            (&LONG_NIGHT, letting.at(22 * 60)?, letting.at(28 * 60)?)
        } else {
            let habits = if letting.evening { IN_THE_EVENING } else { BY_DAY };
            // The crew that will be wanted elsewhere has to be here first.
            let habit =
                if self.is_before_a_crew_clash() { habits.first() } else { self.random.pick(habits) }?;
            let quarters = |(from, to): (i64, i64)| (from / 15, to / 15);
            let (earliest, latest) = quarters(habit.starts);
            let start = letting.at(self.random.within(earliest, latest) * 15)?;
            let (shortest, longest) = quarters(habit.minutes);
            (habit, start, later(start, self.random.within(shortest, longest) * 15)?)
        };
        let title = self.random.word(habit.titles);
        let mut event = self.event(title, habit.category, start, end, letting)?;
        self.located(&mut event, title, room);
        if let Some(teardown) = habit.teardown {
            self.crewed(&mut event, habit, letting, letting.room, teardown);
        }
        self.before = Some((event.clone(), letting));
        Some(event)
    }

    /// Half an hour after the one before it, in its room.
    fn room_clash(&mut self) -> Option<Event> {
        let (before, letting) = self.before.take()?;
        let habit = self.random.pick(if letting.evening { IN_THE_EVENING } else { BY_DAY })?;
        let title = self.random.word(habit.titles);
        let (start, end) = (later(before.start_time, 30)?, later(before.end_time, 30)?);
        let mut event = self.event(title, habit.category, start, end, letting)?;
        self.located(&mut event, title, letting.house.rooms.get(letting.room)?);
        Some(event)
    }

    /// At the time of the one before it, out of the house.
    fn crew_clash(&mut self) -> Option<Event> {
        let (before, letting) = self.before.take()?;
        let title = self.random.word(OUT_OF_THE_HOUSE);
        let mut event =
            self.event(title, EXHIBITION.category, before.start_time, before.end_time, letting)?;
        event.staff_assigned = before.staff_assigned;
        event.internal_category = Some("Rental".to_owned());
        Some(event)
    }

    fn gear_clash(&mut self, letting: Letting<'a>) -> Option<Event> {
        let mut event = self.letting(letting)?;
        let (item, count) = letting.house.rooms.get(letting.room)?.stock.first()?;
        event.equipment_required = vec![gear(item, count + 1)];
        Some(event)
    }

    /// They take no room: a notice for all who look at the day.
    fn whole_days(&mut self, letting: Letting<'a>, longest: i64) -> Option<Event> {
        let until = letting.date.checked_add(self.random.within(1, longest).days()).ok()?;
        let (start, end) = (at(&TimeZone::UTC, letting.date, 0)?, at(&TimeZone::UTC, until, 0)?);
        let title = self.random.word(WHOLE_DAYS);
        let mut event = self.event(title, NOTICE, start, end, letting)?;
        event.all_day = true;
        event.time_zone = "UTC".to_owned();
        event.show_as = Some("free".to_owned());
        Some(event)
    }

    fn exhibition(&mut self, letting: Letting<'a>) -> Option<Event> {
        let room = letting.house.rooms.get(GALLERY)?;
        let days = self.random.within(1, 3);
        let (start, end) = (letting.at(10 * 60)?, letting.at(days * 24 * 60 + 18 * 60)?);
        let title = self.random.word(EXHIBITION.titles);
        let mut event = self.event(title, EXHIBITION.category, start, end, letting)?;
        self.located(&mut event, title, room);
        self.crewed(&mut event, &EXHIBITION, letting, GALLERY, EXHIBITION.teardown?);
        Some(event)
    }

    pub(super) fn event(
        &mut self,
        title: &str,
        category: &str,
        start: Timestamp,
        end: Timestamp,
        letting: Letting<'_>,
    ) -> Option<Event> {
        let calendar = *self.random.pick(&self.diary.calendars)?;
        let mut event = Event::new(self.id(), self.diary.user_id, calendar, title, start, end);
        event.category = Some(category.to_owned());
        event.categories = vec![category.to_owned()];
        event.show_as = Some("busy".to_owned());
        event.time_zone = letting.house.zone.to_owned();
        Some(event)
    }

    /// Puts it into a room; some have a text and guests.
    fn located(&mut self, event: &mut Event, title: &str, room: &Room) {
        event.location = Some(room.name.clone());
        if self.random.percent(40) {
            event.description = Some(format!("{title} in {}. Doors open half an hour before.", room.name));
        }
        if self.random.percent(12) {
            let guests = self.random.within(1, 4);
            event.attendees = (0..guests).map(|place| self.guest(place == 0)).collect();
        }
    }

    fn guest(&mut self, is_organizer: bool) -> Attendee {
        let (first, last) = (self.random.word(FIRST_NAMES), self.random.word(LAST_NAMES));
        let answer = self.random.word(&["none", "accepted", "declined", "tentative"]);
        Attendee {
            email: super::people::email(&[first, last], "guest.example.org"),
            name: format!("{first} {last}"),
            response_status: if is_organizer { "accepted" } else { answer }.to_owned(),
            is_organizer,
        }
    }

    /// What the crew needs; not everything is planned yet.
    fn crewed(&mut self, event: &mut Event, habit: &Habit, letting: Letting<'_>, room: usize, teardown: i64) {
        let Some(place) = letting.house.rooms.get(room) else { return };
        if !self.random.percent(75) && !self.is_before_a_crew_clash() {
            return;
        }
        event.setup_start_time = later(event.start_time, -place.setup_minutes);
        event.setup_end_time = later(event.start_time, -15);
        event.teardown_start_time = Some(event.end_time);
        event.teardown_end_time = later(event.end_time, teardown);
        let wanted = usize::try_from(self.random.within(1, 3)).unwrap_or(1);
        let stock = place.stock.iter().take(wanted);
        event.equipment_required =
            stock.map(|(item, count)| gear(item, self.random.below(*count) + 1)).collect();
        let crew = usize::try_from(self.random.within(1, 2)).unwrap_or(1);
        event.staff_assigned = letting.house.crew_of(room).take(crew).cloned().collect();
        event.client_contact = Some(self.random.word(CLIENTS).to_owned());
        event.internal_category = Some(self.random.word(INTERNAL_CATEGORIES).to_owned());
        event.internal_notes = self.random.percent(50).then(|| self.random.word(NOTES).to_owned());
        let hundreds = u32::try_from(self.random.within(habit.budget.0, habit.budget.1)).unwrap_or(5);
        event.budget_allocated = Some(f64::from(hundreds) * 100.0);
        let levels =
            [PriorityLevel::Low, PriorityLevel::Medium, PriorityLevel::High, PriorityLevel::Critical];
        event.priority_level = self.random.pick(&levels).copied();
    }
}

pub(super) fn later(time: Timestamp, minutes: i64) -> Option<Timestamp> {
    time.checked_add(SignedDuration::from_mins(minutes)).ok()
}

impl Iterator for Maker<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.next >= self.until {
            return None;
        }
        let event = self.make();
        self.next += 1;
        event
    }
}
