//! Regular meetings of the development data: a series with an occurrence called off, one moved, one with more for the
//! crew. They last for months, so that most of them go on over a change of the clocks.

use jiff::{Timestamp, ToSpan};
use model::documents::Event;
use recurrence::{ByDay, End, Frequency, Rule, Slot};

use super::diary::{Letting, at};
use super::events::{Maker, later};
use super::words::{DAILY, MEETING, NOTES, REGULAR};
use crate::records::events::{exception_id, make_series};
use crate::records::occurrences::{Expansion, OriginalStart};

/// The last series that was made, and its first occurrences.
pub(super) struct Regular {
    master: Event,
    slots: Vec<Slot>,
}

/// Which occurrence is called off, moved, and has more for the crew.
const CALLED_OFF: usize = 2;
const MOVED: usize = 1;
const FOR_THE_CREW: usize = 3;

impl<'a> Maker<'a> {
    /// The `place`-th series of the two in a cycle.
    pub(super) fn series(&mut self, letting: Letting<'a>, place: u64) -> Option<Event> {
        let number = self.number() / 50 * 2 + place;
        let (room, minutes) = self.diary.meeting(letting.house, number)?;
        let start = at(&letting.house.tz, letting.date, minutes)?;
        let weekday = letting.date.weekday();
        // The fifth of its kind is the last one in a month.
        let ordinal = match (letting.date.day() - 1) / 7 + 1 {
            5 => -1,
            ordinal => ordinal,
        };
        let count = |random: i64| u32::try_from(random).map(End::Count).ok();
        let monthly = place == 1 && number % 4 == 1;
        let daily = place == 1 && number % 4 == 3;
        let rule = if daily {
            Rule { end: count(self.random.within(5, 10))?, ..Rule::every(1, Frequency::Daily) }
        } else if monthly {
            let by_day = vec![ByDay::nth(ordinal, weekday)];
            Rule { by_day, end: count(self.random.within(6, 12))?, ..Rule::every(1, Frequency::Monthly) }
        } else {
            let (by_day, interval) =
                (vec![ByDay::every(weekday)], if number.is_multiple_of(3) { 2 } else { 1 });
            let end = count(self.random.within(8, 26))?;
            Rule { by_day, end, ..Rule::every(interval, Frequency::Weekly) }
        };
        let title = self.random.word(if daily { DAILY } else { REGULAR });
        let mut event = self.event(title, MEETING, start, later(start, 30)?, letting)?;
        event.location = Some(room.name.clone());
        make_series(&mut event, &rule).ok()?;
        let slots: Vec<Slot> = sync::local::series(&event)?.iter().take(FOR_THE_CREW + 1).collect();
        event.cancelled_occurrences =
            slots.get(CALLED_OFF).map(|slot| slot.date.to_string()).into_iter().collect();
        event.recurrence_until = Some(sync::local::recurrence_until(&event));
        self.regular = Some(Regular { master: event.clone(), slots });
        Some(event)
    }

    /// The same hour of the next day, and no longer as the series is.
    pub(super) fn moved(&mut self) -> Option<Event> {
        let mut event = self.exception(MOVED)?;
        let next_day = |time: Timestamp| {
            let zone = recurrence::zones::resolve(&event.time_zone).ok()?.tz;
            Some(time.to_zoned(zone).checked_add(1.day()).ok()?.timestamp())
        };
        (event.start_time, event.end_time) = (next_day(event.start_time)?, next_day(event.end_time)?);
        event.title.push_str(" (moved)");
        Some(event)
    }

    /// With set-up, somebody and a note.
    pub(super) fn for_the_crew(&mut self) -> Option<Event> {
        let mut event = self.exception(FOR_THE_CREW)?;
        event.inherits_shared = Some(true);
        event.internal_notes = Some(self.random.word(NOTES).to_owned());
        event.setup_start_time = later(event.start_time, -15);
        event.equipment_required = vec!["Screen".to_owned()];
        Some(event)
    }

    fn exception(&mut self, place: usize) -> Option<Event> {
        let regular = self.regular.as_ref()?;
        let slot = regular.slots.get(place)?;
        let expansion = Expansion::new(regular.master.clone(), []);
        let occurrence = expansion.at(OriginalStart::Instant(slot.start))?;
        let mut event = expansion.event(&occurrence);
        event.id = exception_id(regular.master.id, &slot.date.to_string());
        event.revision = 0;
        Some(event)
    }
}
