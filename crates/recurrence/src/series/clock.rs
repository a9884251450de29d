//! Turns local days into instants and dates, doing the work anew only where the offset or the month changes.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::offsets::{Offsets, Span};
use crate::anchor::Anchor;
use crate::days;

const DAY_SECONDS: i64 = 86_400;

/// The wall time of a series, the offset found last and the month found last.
#[derive(Debug, Clone)]
pub(super) struct Clock<'a> {
    anchor: &'a Anchor,
    /// None for zones without a table.
    offsets: Option<&'a Offsets>,
    /// Wall time in seconds from midnight.
    second_of_day: i64,
    nanosecond: i32,
    span: Span,
    /// Where the span stands in the table.
    place: usize,
    month: Month,
}

/// A month and its days.
#[derive(Debug, Clone, Copy, Default)]
struct Month {
    first: i32,
    length: i32,
    year: i16,
    month: i8,
}

impl<'a> Clock<'a> {
    pub(super) fn new(anchor: &'a Anchor, offsets: Option<&'a Offsets>) -> Self {
        let everything = Span { from: i64::MIN, until: i64::MAX, offset: 0 };
        let nothing = Span { from: 0, until: 0, offset: 0 };
        let (second_of_day, nanosecond, span) = match anchor {
            Anchor::Zoned { local, .. } => (seconds_of(*local), local.subsec_nanosecond(), nothing),
            Anchor::Date(_) => (0, 0, everything),
        };
        Self { anchor, offsets, second_of_day, nanosecond, span, place: 0, month: Month::default() }
    }

    /// The start of the occurrence on a day; none past the end of the calendar.
    pub(super) fn start_on(&mut self, day: i32) -> Option<Timestamp> {
        let local = i64::from(day) * DAY_SECONDS + self.second_of_day;
        if local < self.span.from || local >= self.span.until {
            match self.offsets.and_then(|offsets| offsets.at(self.place, local)) {
                Some((place, span)) => (self.place, self.span) = (place, span),
                None => return self.anchor.start_on(days::date_of(day)?),
            }
        }
        let second = local - self.span.offset;
        match self.nanosecond {
            0 => Timestamp::from_second(second).ok(),
            nanosecond => Timestamp::new(second, nanosecond).ok(),
        }
    }

    /// The date of a day; none past the end of the calendar.
    pub(super) fn date_of(&mut self, day: i32) -> Option<Date> {
        let Month { first, length, .. } = self.month;
        if day < first || day - first >= length {
            let (months, day_of_month) = days::month_of(day);
            self.month = Month {
                first: day - day_of_month + 1,
                length: days::length_of_month(months),
                year: i16::try_from(months.div_euclid(12)).ok()?,
                month: i8::try_from(months.rem_euclid(12) + 1).ok()?,
            };
        }
        let day_of_month = i8::try_from(day - self.month.first + 1).ok()?;
        Date::new(self.month.year, self.month.month, day_of_month).ok()
    }
}

fn seconds_of(local: DateTime) -> i64 {
    i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60 + i64::from(local.second())
}
