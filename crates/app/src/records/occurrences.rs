//! The occurrences of a series in a window. Pure: a master, the dates that have a document of their own, a window.
//!
//! An occurrence keeps the wall-clock times of its series, start and end, in the series' zone; its set-up keeps its
//! distance from its start, its teardown from its end. It is named `{master}:{original start}`.

use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::documents::Event;
use recurrence::{Anchor, Length, Series, Slot};

use super::events::view;
use super::occurrence_text::OccurrenceText;
use crate::AppError;

/// Half-open, `[from, until)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub until: Timestamp,
}

impl Window {
    /// Whether `[start, end)` overlaps; an empty interval lies where it starts.
    pub fn overlaps(&self, start: Timestamp, end: Timestamp) -> bool {
        start < self.until && (end > self.from || start >= self.from)
    }
}

/// A series master whose rule is compiled, ready to be expanded again and again.
#[derive(Debug)]
pub(crate) struct Compiled {
    master: Event,
    /// When it was moved to the archive, if it is there.
    archived_at: Option<Timestamp>,
    /// `None` when the rule is one we keep but cannot expand: then only its own start is shown.
    series: Option<Series>,
    /// `None` when its zone is one we keep but do not know.
    length: Option<Length>,
    /// Made when the first occurrence is written.
    text: OnceLock<OccurrenceText>,
}

impl Compiled {
    pub(crate) fn new(master: Event) -> Self {
        let (series, length) = (sync::local::series(&master), sync::local::length(&master));
        Self { master, archived_at: None, series, length, text: OnceLock::new() }
    }

    /// The same of a series in the archive.
    pub(crate) fn archived(master: Event, at: Timestamp) -> Self {
        Self { archived_at: Some(at), ..Self::new(master) }
    }

    pub(crate) fn master(&self) -> &Event {
        &self.master
    }

    /// So far outside of a window may an occurrence start that reaches it: none occupies its place for longer.
    pub(crate) fn reach(&self) -> SignedDuration {
        let around = self.occupied_until().duration_since(self.occupied_from());
        let exact = self.master.end_time.duration_since(self.master.start_time);
        let longest = self.length.as_ref().map_or(exact, Length::longest);
        around.saturating_add(longest.saturating_sub(exact))
    }

    /// Where an occurrence that starts here ends.
    fn end(&self, start: Timestamp) -> Option<Timestamp> {
        match &self.length {
            Some(length) => length.end(start),
            None => start.checked_add(self.master.end_time.duration_since(self.master.start_time)).ok(),
        }
    }

    fn occupied_from(&self) -> Timestamp {
        let start = self.master.start_time;
        self.master.setup_start_time.map_or(start, |setup| setup.min(start))
    }

    fn occupied_until(&self) -> Timestamp {
        let end = self.master.end_time;
        self.master.teardown_end_time.map_or(end, |teardown| teardown.max(end))
    }
}

/// A series that can be expanded: its master, and the dates on which a stored exception stands in for the rule.
#[derive(Debug, Clone)]
pub struct Expansion {
    compiled: Arc<Compiled>,
    /// In ascending order.
    stood_in: Vec<Date>,
}

/// One occurrence: where the rule puts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Its start, by the rule; midnight UTC of its date when all-day.
    pub start: Timestamp,
    /// Its local date in the series' zone.
    pub date: Date,
    /// First instant after it.
    pub end: Timestamp,
    /// Start of its set-up, else its own.
    pub occupied_from: Timestamp,
    /// End of its teardown, else its own.
    pub occupied_until: Timestamp,
}

impl Expansion {
    /// The master, and the local dates on which a stored exception stands in for the rule.
    pub fn new(master: Event, exceptions: impl IntoIterator<Item = Date>) -> Self {
        Self::of(Arc::new(Compiled::new(master)), exceptions)
    }

    pub(crate) fn of(compiled: Arc<Compiled>, exceptions: impl IntoIterator<Item = Date>) -> Self {
        let mut stood_in: Vec<Date> = exceptions.into_iter().collect();
        stood_in.sort_unstable();
        Self { compiled, stood_in }
    }

    /// The master.
    pub fn master(&self) -> &Event {
        &self.compiled.master
    }

    /// The occurrences whose own interval (or, with `occupied`, whose occupied one) overlaps the window, by start.
    /// Only those that start at `resume` or later.
    pub fn between(
        &self,
        window: Window,
        occupied: bool,
        resume: Timestamp,
    ) -> impl Iterator<Item = Occurrence> + Send + '_ {
        let reach = self.compiled.reach();
        let earliest = window.from.checked_sub(reach).unwrap_or(Timestamp::MIN).max(resume);
        let latest = window.until.checked_add(reach).unwrap_or(Timestamp::MAX);
        let series = &self.compiled.series;
        let alone = series.is_none().then(|| self.own_slot()).into_iter();
        let slots = series.iter().flat_map(move |series| series.starts_between(earliest, latest));
        let occurrences = slots.chain(alone).filter_map(|slot| self.occurrence(slot));
        occurrences.filter(move |occurrence| {
            occurrence.start >= resume
                && if occupied {
                    window.overlaps(occurrence.occupied_from, occurrence.occupied_until)
                } else {
                    window.overlaps(occurrence.start, occurrence.end)
                }
        })
    }

    /// The occurrence with this original start, if the series has it and no exception stands in for it.
    pub fn at(&self, start: OriginalStart) -> Option<Occurrence> {
        let slot = match &self.compiled.series {
            None => Some(self.own_slot()),
            Some(series) => {
                let (from, until) = start.bounds()?;
                series.starts_between(from, until).next()
            }
        };
        self.occurrence(slot.filter(|slot| start.is_of(slot, self.master().all_day))?)
    }

    /// The occurrence as an event of its own, still with the master's id and revision.
    pub fn event(&self, occurrence: &Occurrence) -> Event {
        let master = self.master();
        let by_start = occurrence.start.duration_since(master.start_time);
        let by_end = occurrence.end.duration_since(master.end_time);
        let moved = |time: Option<Timestamp>, by: SignedDuration| {
            time.map(|time| time.checked_add(by).unwrap_or(time))
        };
        let mut event = Event {
            recurrence_pattern: None,
            recurrence_rule: Vec::new(),
            recurrence_original: None,
            cancelled_occurrences: Vec::new(),
            ..master.clone()
        };
        event.start_time = occurrence.start;
        event.end_time = occurrence.end;
        event.setup_start_time = moved(master.setup_start_time, by_start);
        event.setup_end_time = moved(master.setup_end_time, by_start);
        event.teardown_start_time = moved(master.teardown_start_time, by_end);
        event.teardown_end_time = moved(master.teardown_end_time, by_end);
        event.is_recurring = false;
        event.recurrence_lossless = None;
        event.recurrence_until = None;
        event.recurrence_master_id = Some(master.id);
        event.original_date = Some(occurrence.date.to_string());
        event.original_start = Some(occurrence.start);
        event.derive();
        event
    }

    /// The name of an occurrence.
    pub fn name(&self, occurrence: &Occurrence) -> String {
        view::occurrence_name(self.master().id, occurrence.start, self.master().all_day)
    }

    /// The API's text of an occurrence: the event of that date under its own name.
    pub(crate) fn text(&self, occurrence: &Occurrence) -> Result<String, AppError> {
        let text = match self.compiled.text.get() {
            Some(text) => text,
            None => {
                let first = self.placed(self.own_slot()).unwrap_or(*occurrence);
                let made = OccurrenceText::of(&self.event(&first))?;
                self.compiled.text.get_or_init(|| made)
            }
        };
        let text = text.at(&self.name(occurrence), occurrence);
        Ok(match self.compiled.archived_at {
            Some(at) => view::archived(text, at),
            None => text,
        })
    }

    fn own_slot(&self) -> Slot {
        let master = self.master();
        let zone = sync::local::anchor(master).map(|anchor| anchor.date());
        let date = zone.unwrap_or_else(|| master.start_time.to_zoned(TimeZone::UTC).date());
        Slot { start: master.start_time, date }
    }

    /// The occurrence of this slot, unless an exception stands in for it.
    fn occurrence(&self, slot: Slot) -> Option<Occurrence> {
        if self.stood_in.binary_search(&slot.date).is_ok() {
            return None;
        }
        self.placed(slot)
    }

    fn placed(&self, slot: Slot) -> Option<Occurrence> {
        let (compiled, master) = (&self.compiled, self.master());
        let end = compiled.end(slot.start)?;
        let (by_start, by_end) =
            (slot.start.duration_since(master.start_time), end.duration_since(master.end_time));
        Some(Occurrence {
            start: slot.start,
            date: slot.date,
            end,
            occupied_from: compiled.occupied_from().checked_add(by_start).ok()?,
            occupied_until: compiled.occupied_until().checked_add(by_end).ok()?,
        })
    }
}

/// Where the rule had put an occurrence: the second half of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginalStart {
    /// Of a timed series.
    Instant(Timestamp),
    /// Of an all-day series.
    Date(Date),
}

impl OriginalStart {
    fn bounds(&self) -> Option<(Timestamp, Timestamp)> {
        let from = match self {
            Self::Instant(instant) => *instant,
            Self::Date(date) => view::midnight(*date)?,
        };
        Some((from, from.checked_add(SignedDuration::from_millis(1)).ok()?))
    }

    fn is_of(&self, slot: &Slot, all_day: bool) -> bool {
        match self {
            Self::Instant(instant) => !all_day && slot.start == *instant,
            Self::Date(date) => all_day && slot.date == *date,
        }
    }

    /// Its local date in the series.
    pub fn date_in(&self, anchor: &Anchor) -> Date {
        match self {
            Self::Instant(instant) => anchor.date_of(*instant),
            Self::Date(date) => *date,
        }
    }
}

/// What a path names: a stored event, or one occurrence of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventRef {
    /// A document.
    Stored(Id),
    /// An occurrence that may be computed.
    Occurrence(Id, OriginalStart),
}

impl FromStr for EventRef {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let Some((master, start)) = text.split_once(':') else {
            return text.parse().map(Self::Stored).map_err(|_| ());
        };
        let master = master.parse().map_err(|_| ())?;
        let start = match (start.len(), start.parse::<Date>(), start.parse::<Timestamp>()) {
            (10, Ok(date), _) => OriginalStart::Date(date),
            (11.., _, Ok(instant)) => OriginalStart::Instant(instant),
            _ => return Err(()),
        };
        Ok(Self::Occurrence(master, start))
    }
}

#[cfg(test)]
#[path = "occurrences_tests.rs"]
mod tests;
