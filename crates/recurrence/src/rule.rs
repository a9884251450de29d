//! The recurrence rule itself: RFC 5545 3.3.10 without the parts no calendar provider writes.

mod check;
mod display;
pub(crate) mod parse;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

/// How long one period of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frequency {
    /// Every so many days.
    Daily,
    /// Every so many weeks.
    Weekly,
    /// Every so many months.
    Monthly,
    /// Every so many years.
    Yearly,
}

/// One entry of BYDAY: a weekday, perhaps the n-th of its month or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ByDay {
    /// `2` is the second, `-1` the last, `None` every one. Never zero.
    pub ordinal: Option<i8>,
    /// Which day of the week.
    pub weekday: Weekday,
}

/// Where a rule ends, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum End {
    /// It goes on until the calendar ends in the year 9999.
    #[default]
    Never,
    /// After so many occurrences of the rule, counting cancelled ones. At least 1.
    Count(u32),
    /// With the last occurrence not after this.
    Until(Until),
}

/// The three forms in which UNTIL is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Until {
    /// `20270131T235959Z`. For an all-day series its date in UTC counts, unless [`Rule::with_until_date`] has made
    /// it a date.
    Instant(Timestamp),
    /// `20270131`. Occurrences on this local date still belong to the series. The RFC allows it for all-day
    /// series only; Google has been seen to serve it for timed ones.
    Date(Date),
    /// `20270131T235959` without a zone: wall time in the zone of the series.
    Local(DateTime),
}

/// A recurrence rule.
///
/// Lists are in ascending order without repetitions after [`Rule::parse`]; [`Series::new`](crate::Series::new)
/// takes them in any order. Empty lists stand for absent parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// FREQ.
    pub freq: Frequency,
    /// INTERVAL, 1 to 1000.
    pub interval: u32,
    /// BYMONTH, 1 to 12.
    pub by_month: Vec<i8>,
    /// BYMONTHDAY, 1 to 31 or -31 to -1.
    pub by_month_day: Vec<i8>,
    /// BYDAY.
    pub by_day: Vec<ByDay>,
    /// BYSETPOS, 1 to 366 or -366 to -1.
    pub by_set_pos: Vec<i16>,
    /// WKST; Monday where a rule does not say.
    pub week_start: Weekday,
    /// COUNT or UNTIL.
    pub end: End,
}

impl Rule {
    /// The greatest INTERVAL that is accepted.
    pub const MAX_INTERVAL: u32 = 1000;

    /// A rule with nothing but its frequency and interval: no end, week starting on Monday.
    #[must_use]
    pub fn every(interval: u32, freq: Frequency) -> Self {
        Self {
            freq,
            interval,
            by_month: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Monday,
            end: End::Never,
        }
    }
}

impl Rule {
    /// For an all-day series whose UNTIL is an instant: the same rule with the local date of that instant.
    ///
    /// RFC 5545 asks for a date there. Exchange writes the midnight that begins the last day and older Google data
    /// the second before the one that ends it, both as instants and both on the right date only in the zone of the
    /// calendar.
    #[must_use]
    pub fn with_until_date(self, zone: &TimeZone) -> Self {
        match self.end {
            End::Until(Until::Instant(instant)) => {
                Self { end: End::Until(Until::Date(zone.to_datetime(instant).date())), ..self }
            }
            _ => self,
        }
    }
}

impl ByDay {
    /// Every such weekday.
    #[must_use]
    pub fn every(weekday: Weekday) -> Self {
        Self { ordinal: None, weekday }
    }

    /// The n-th such weekday of a month or year, counted from the end when negative.
    #[must_use]
    pub fn nth(ordinal: i8, weekday: Weekday) -> Self {
        Self { ordinal: Some(ordinal), weekday }
    }
}
