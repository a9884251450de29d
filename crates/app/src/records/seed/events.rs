//! One person's events, in the order of time: single ones, whole days, series, exceptions.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use model::Id;
use model::documents::{Event, PriorityLevel, Record};
use recurrence::{ByDay, End, Frequency, Rule, zones};

use super::random::Random;
use super::venues::{CLIENTS, CREW, HABITS, Habit, INTERNAL_CATEGORIES, NOTES, ROOMS, Room};
use crate::records::events::exception_id;
use crate::records::occurrences::Expansion;

/// Whose events, where and when.
#[derive(Debug, Clone)]
pub(super) struct Diary {
    pub(super) user_id: Id,
    pub(super) calendars: Vec<Id>,
    pub(super) first_day: Date,
    pub(super) days: i64,
    pub(super) count: u64,
    pub(super) now: Timestamp,
}

/// What an event of the diary is.
enum Shape {
    Single,
    WholeDays,
    Series,
    /// An exception of the last series, if there is one.
    Exception,
}

/// Makes the events one after the other.
pub(super) struct Maker<'a> {
    diary: &'a Diary,
    random: Random,
    place: u64,
    seed: u64,
    made: u64,
    last_series: Option<Event>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(diary: &'a Diary, seed: u64, place: u64) -> Self {
        Self { diary, random: Random::new(seed, place), place, seed, made: 0, last_series: None }
    }

    fn make(&mut self) -> Option<Event> {
        let share = self.random.below(1_000);
        let shape = match share {
            0..930 => Shape::Single,
            930..970 => Shape::WholeDays,
            970..985 => Shape::Series,
            _ => Shape::Exception,
        };
        let event = match shape {
            Shape::Single => self.timed(),
            Shape::WholeDays => self.whole_days(),
            Shape::Series => self.series(),
            Shape::Exception => match self.exception() {
                Some(exception) => Some(exception),
                None => self.timed(),
            },
        };
        let mut event = event?;
        event.derive();
        event.created_by = Some(self.diary.user_id);
        event.touch(self.diary.now);
        Some(event)
    }

    fn id(&mut self) -> Id {
        super::seed_id(self.seed, self.place, self.made)
    }

    /// The day of the next event: in order, with some play.
    fn day(&mut self) -> Option<Date> {
        let part = i128::from(self.diary.days) * i128::from(self.made) / i128::from(self.diary.count.max(1));
        let day = i64::try_from(part).ok()? + self.random.within(0, 2);
        self.diary.first_day.checked_add(day.min(self.diary.days).days()).ok()
    }

    fn timed(&mut self) -> Option<Event> {
        let habit = self.random.pick(HABITS)?;
        let room = self.random.pick(ROOMS)?;
        let zone = zones::resolve(room.zone).ok()?.tz;
        let hour = i8::try_from(self.random.within(habit.hours.0, habit.hours.1)).ok()?;
        let minute = if self.random.percent(30) { 30 } else { 0 };
        let start = self.day()?.at(hour, minute, 0, 0).to_zoned(zone).ok()?.timestamp();
        let minutes = self.random.within(habit.minutes.0 / 15, habit.minutes.1 / 15) * 15;
        let end = start.checked_add(SignedDuration::from_mins(minutes)).ok()?;
        let title = self.random.word(habit.titles);
        let mut event = self.event(title, start, end, room, habit)?;
        event.time_zone = room.zone.to_owned();
        if let Some(crew) = habit.crew {
            self.crewed(&mut event, habit, crew);
        }
        Some(event)
    }

    fn whole_days(&mut self) -> Option<Event> {
        let room = self.random.pick(ROOMS)?;
        let habit = HABITS.last()?;
        let first = self.day()?;
        let longest = if self.random.percent(10) { 14 } else { 3 };
        let length = self.random.within(1, longest);
        let midnight = |date: Date| date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).ok();
        let (start, end) = (midnight(first)?, midnight(first.checked_add(length.days()).ok()?)?);
        let title = self.random.word(&[
            "Design fair",
            "Stock-taking",
            "House closed",
            "Festival",
            "Stage inspection",
        ]);
        let mut event = self.event(title, start, end, room, habit)?;
        event.all_day = true;
        Some(event)
    }

    fn series(&mut self) -> Option<Event> {
        let mut event = self.timed()?;
        let zone = zones::resolve(&event.time_zone).ok()?.tz;
        let first = event.start_time.to_zoned(zone).date();
        let weekday = first.weekday();
        // The fifth of its kind is the last one in a month.
        let place = match (first.day() - 1) / 7 + 1 {
            5 => -1,
            place => place,
        };
        let rule = match self.random.below(4) {
            0 => Rule { end: End::Count(10), ..Rule::every(1, Frequency::Daily) },
            1 => Rule {
                by_day: vec![ByDay::nth(place, weekday)],
                end: End::Count(6),
                ..Rule::every(1, Frequency::Monthly)
            },
            kind => {
                let interval = if kind == 2 { 1 } else { 2 };
                let end = End::Count(u32::try_from(self.random.within(6, 30)).ok()?);
                Rule { by_day: vec![ByDay::every(weekday)], end, ..Rule::every(interval, Frequency::Weekly) }
            }
        };
        event.title = format!("Weekly: {}", event.title);
        crate::records::events::make_series(&mut event, &rule).ok()?;
        self.last_series = Some(event.clone());
        Some(event)
    }

    /// An occurrence of the last series for which only the crew's fields differ.
    fn exception(&mut self) -> Option<Event> {
        let master = self.last_series.take()?;
        let expansion = Expansion::new(master, []);
        let window = crate::records::occurrences::Window {
            from: expansion.master().start_time.checked_add(SignedDuration::from_hours(1)).ok()?,
            until: sync::local::far_future(),
        };
        let occurrence = expansion.between(window, false, Timestamp::MIN).nth(1)?;
        let mut event = expansion.event(&occurrence);
        event.id = exception_id(event.recurrence_master_id?, &occurrence.date.to_string());
        event.inherits_shared = Some(true);
        event.internal_notes = Some(self.random.word(NOTES).to_owned());
        event.staff_assigned = vec![self.random.word(CREW).to_owned()];
        event.revision = 0;
        Some(event)
    }

    fn event(
        &mut self,
        title: &str,
        start: Timestamp,
        end: Timestamp,
        room: &Room,
        habit: &Habit,
    ) -> Option<Event> {
        let calendar = *self.random.pick(&self.diary.calendars)?;
        let mut event = Event::new(self.id(), self.diary.user_id, calendar, title, start, end);
        event.location = Some(room.name.to_owned());
        event.category = Some(habit.category.to_owned());
        event.categories = vec![habit.category.to_owned()];
        event.show_as = Some("busy".to_owned());
        if self.random.percent(40) {
            event.description =
                Some(format!("{title} in the {}. Doors open half an hour before.", room.name));
        }
        Some(event)
    }

    fn crewed(&mut self, event: &mut Event, habit: &Habit, (before, after): (i64, i64)) {
        if !self.random.percent(70) {
            return;
        }
        let minutes =
            |time: Timestamp, minutes: i64| time.checked_add(SignedDuration::from_mins(minutes)).ok();
        event.setup_start_time = minutes(event.start_time, -before);
        event.setup_end_time = minutes(event.start_time, -15);
        event.teardown_start_time = Some(event.end_time);
        event.teardown_end_time = minutes(event.end_time, after);
        event.equipment_required = habit.equipment.iter().map(|item| (*item).to_owned()).collect();
        let crew = self.random.within(1, 3);
        let crew = (0..crew).map(|_| self.random.word(CREW).to_owned());
        event.staff_assigned = crew.collect();
        event.staff_assigned.dedup();
        event.client_contact = Some(self.random.word(CLIENTS).to_owned());
        event.internal_category = Some(self.random.word(INTERNAL_CATEGORIES).to_owned());
        event.internal_notes = self.random.percent(50).then(|| self.random.word(NOTES).to_owned());
        let hundreds = u32::try_from(self.random.within(5, 400)).unwrap_or(5);
        event.budget_allocated = Some(f64::from(hundreds) * 100.0);
        let levels =
            [PriorityLevel::Low, PriorityLevel::Medium, PriorityLevel::High, PriorityLevel::Critical];
        event.priority_level = self.random.pick(&levels).copied();
    }
}

impl Iterator for Maker<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.made >= self.diary.count {
            return None;
        }
        let event = self.make();
        self.made += 1;
        event
    }
}
