//! Where a series begins, and the wall time its occurrences keep.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The start of a series: a wall time in a named zone, or a date.
///
/// Never a fixed offset: a weekly meeting at nine stays at nine when the clocks change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// A timed series: its first wall time and the zone that wall time is read in.
    Zoned {
        /// The first wall time.
        local: DateTime,
        /// The zone of the series.
        zone: TimeZone,
    },
    /// An all-day series: its first date.
    Date(Date),
}

impl Anchor {
    /// The local date of the start.
    #[must_use]
    pub fn date(&self) -> Date {
        match self {
            Self::Zoned { local, .. } => local.date(),
            Self::Date(date) => *date,
        }
    }

    /// True for an all-day series.
    #[must_use]
    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The instant at which an occurrence on this local date starts: forward over a gap of daylight saving time,
    /// the first instant of an overlap, midnight UTC for an all-day series. None past the end of the calendar.
    #[must_use]
    pub fn start_on(&self, date: Date) -> Option<Timestamp> {
        match self {
            Self::Zoned { local, zone } => zone.to_timestamp(date.to_datetime(local.time())).ok(),
            Self::Date(_) => TimeZone::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok(),
        }
    }

    /// The local date of an instant: in the zone of the series, in UTC for an all-day series.
    #[must_use]
    pub fn date_of(&self, instant: Timestamp) -> Date {
        match self {
            Self::Zoned { zone, .. } => zone.to_datetime(instant).date(),
            Self::Date(_) => TimeZone::UTC.to_datetime(instant).date(),
        }
    }
}
