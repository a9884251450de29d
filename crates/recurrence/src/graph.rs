//! Microsoft Graph's `patternedRecurrence`: its types, and the way to a [`Rule`](crate::Rule) and back.
//!
//! The types hold only what their kind of pattern may say, so what is sent never carries the extra members that
//! Graph refuses. What is read may carry them: Graph fills unused members with zeros, `index: "first"` and an
//! `endDate` of `0001-01-01`, and all of that is passed over.

mod from_rule;
mod to_rule;
mod wire;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

pub use from_rule::{CannotMirror, from_rule};
pub use to_rule::to_rule;

/// A series as Graph describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatternedRecurrence {
    /// On which days.
    pub pattern: RecurrencePattern,
    /// From when to when.
    pub range: RecurrenceRange,
}

/// On which days a series falls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "wire::Pattern", try_from = "wire::Pattern")]
pub enum RecurrencePattern {
    /// Every `interval` days.
    Daily {
        /// At least 1.
        interval: u32,
    },
    /// On these days of every `interval`-th week.
    Weekly {
        /// At least 1.
        interval: u32,
        /// At least one.
        days_of_week: Vec<Weekday>,
        /// Where weeks begin, which tells with intervals above 1. Graph's default is Sunday.
        first_day_of_week: Weekday,
    },
    /// On this day of every `interval`-th month; in shorter months on their last day.
    AbsoluteMonthly {
        /// At least 1.
        interval: u32,
        /// 1 to 31.
        day_of_month: u8,
    },
    /// On the `index`-th among all days of every `interval`-th month that are one of these weekdays.
    RelativeMonthly {
        /// At least 1.
        interval: u32,
        /// At least one.
        days_of_week: Vec<Weekday>,
        /// Which of them.
        index: WeekIndex,
    },
    /// On this date of every `interval`-th year; 29 February falls back to the 28th.
    AbsoluteYearly {
        /// At least 1.
        interval: u32,
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day_of_month: u8,
    },
    /// On the `index`-th among all days of that month, in every `interval`-th year, that are one of these weekdays.
    RelativeYearly {
        /// At least 1.
        interval: u32,
        /// 1 to 12.
        month: u8,
        /// At least one.
        days_of_week: Vec<Weekday>,
        /// Which of them.
        index: WeekIndex,
    },
}

/// Which one of a month's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum WeekIndex {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// From when to when a series runs. `start_date` equals the local date of the event's start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "wire::Range", try_from = "wire::Range")]
pub enum RecurrenceRange {
    /// To this local date, which need not be an occurrence.
    EndDate {
        /// Date of the first occurrence.
        start_date: Date,
        /// No occurrence after it.
        end_date: Date,
        /// Zone name of these dates, Windows or IANA; the zone of the event when absent.
        recurrence_time_zone: Option<String>,
    },
    /// Without an end.
    NoEnd {
        /// Date of the first occurrence.
        start_date: Date,
        /// As in `EndDate`.
        recurrence_time_zone: Option<String>,
    },
    /// So many occurrences, cancelled ones counted.
    Numbered {
        /// Date of the first occurrence.
        start_date: Date,
        /// At least 1.
        number_of_occurrences: u32,
        /// As in `EndDate`.
        recurrence_time_zone: Option<String>,
    },
}

impl RecurrenceRange {
    /// Date of the first occurrence.
    #[must_use]
    pub fn start_date(&self) -> Date {
        match self {
            Self::EndDate { start_date, .. }
            | Self::NoEnd { start_date, .. }
            | Self::Numbered { start_date, .. } => *start_date,
        }
    }

    /// Zone name of the range's dates, where it says.
    #[must_use]
    pub fn recurrence_time_zone(&self) -> Option<&str> {
        match self {
            Self::EndDate { recurrence_time_zone, .. }
            | Self::NoEnd { recurrence_time_zone, .. }
            | Self::Numbered { recurrence_time_zone, .. } => recurrence_time_zone.as_deref(),
        }
    }
}
