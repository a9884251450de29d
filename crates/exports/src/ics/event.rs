//! One event as VEVENT.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use model::Id;
use serde::Deserialize;

use super::lines::Lines;
use super::repeats::Repeats;
use super::stamp::{date, date_time};
use crate::ExportError;

/// What is read of a stored event: shared fields, and what says where it belongs. Nothing else can get into a file.
#[derive(Debug, Deserialize)]
pub(super) struct Shared<'a> {
    #[serde(rename = "_id")]
    pub(super) id: Id,
    pub(super) start_time: Timestamp,
    pub(super) end_time: Timestamp,
    #[serde(default)]
    pub(super) all_day: bool,
    #[serde(borrow, default = "utc")]
    pub(super) time_zone: Text<'a>,
    #[serde(default)]
    pub(super) is_recurring: bool,
    #[serde(default)]
    pub(super) recurrence_rule: Vec<String>,
    #[serde(default)]
    pub(super) cancelled_occurrences: Vec<String>,
    pub(super) recurrence_master_id: Option<Id>,
    title: Text<'a>,
    description: Option<Text<'a>>,
    location: Option<Text<'a>>,
    category: Option<Text<'a>>,
    #[serde(default)]
    categories: Vec<Text<'a>>,
    original_date: Option<Date>,
    original_start: Option<Timestamp>,
    inherits_shared: Option<bool>,
    show_as: Option<Text<'a>>,
    sensitivity: Option<Text<'a>>,
    #[serde(default)]
    is_cancelled: bool,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

/// A text as it is in the document, unless it has escapes in it.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl Text<'_> {
    fn of<'a>(text: &'a Option<Text<'_>>) -> Option<&'a str> {
        text.as_ref().map(|text| &*text.0)
    }
}

fn utc() -> Text<'static> {
    Text("UTC".into())
}

/// How times of an event are said.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clock<'a> {
    /// As dates.
    Dates,
    /// As instants.
    Utc,
    /// As wall-clock times of a zone that the file describes.
    Zoned(&'a str, &'a TimeZone),
}

impl<'a> Clock<'a> {
    pub(super) fn of(all_day: bool, zone: Option<(&'a str, &'a TimeZone)>) -> Self {
        match zone {
            _ if all_day => Self::Dates,
            Some((name, zone)) => Self::Zoned(name, zone),
            None => Self::Utc,
        }
    }

    pub(super) fn zone(self) -> TimeZone {
        match self {
            Self::Dates | Self::Utc => TimeZone::UTC,
            Self::Zoned(_, zone) => zone.clone(),
        }
    }

    /// The wall-clock time of an instant; in UTC where there is no zone.
    pub(super) fn local(self, instant: Timestamp) -> DateTime {
        match self {
            Self::Dates | Self::Utc => TimeZone::UTC.to_datetime(instant),
            Self::Zoned(_, zone) => zone.to_datetime(instant),
        }
    }

    /// A property that is an instant.
    pub(super) fn instant(self, name: &str, instant: Timestamp) -> String {
        let local = self.local(instant);
        match self {
            // The second of the two instants that a wall-clock time of the autumn has can only be said in UTC.
            Self::Zoned(_, zone) if zone.to_timestamp(local).ok() != Some(instant) => {
                [name, ":", &utc_text(instant)].concat()
            }
            _ => self.wall_clock(name, local),
        }
    }

    /// A property that is a wall-clock time.
    pub(super) fn wall_clock(self, name: &str, local: DateTime) -> String {
        match self {
            Self::Dates => [name, ";VALUE=DATE:", &date(local.date())].concat(),
            Self::Utc => [name, ":", &date_time(local), "Z"].concat(),
            Self::Zoned(zone, _) => [name, ";TZID=", zone, ":", &date_time(local)].concat(),
        }
    }
}

/// An instant in UTC (3.3.5).
pub(super) fn utc_text(instant: Timestamp) -> String {
    date_time(TimeZone::UTC.to_datetime(instant)) + "Z"
}

impl Shared<'_> {
    /// Whether only internal fields set this occurrence apart: for a calendar it is its series'.
    pub(super) fn is_like_its_series(&self) -> bool {
        self.recurrence_master_id.is_some() && self.inherits_shared == Some(true)
    }

    /// Writes it. `series` says how the series of an exception tells times, and at which time of the day it is.
    pub(super) fn write(
        &self,
        clock: Clock<'_>,
        series: Option<(Clock<'_>, Option<Time>)>,
        stood_in: &[Date],
        lines: &mut Lines<'_>,
    ) -> Result<(), ExportError> {
        lines.line("BEGIN:VEVENT")?;
        let original = self.original(clock, series);
        // An occurrence of its own has the name of its series.
        let uid = original.as_ref().and(self.recurrence_master_id).unwrap_or(self.id);
        lines.line_of(&["UID:", &uid.to_string(), "@callboard"])?;
        let stamp = utc_text(self.updated_at.unwrap_or(Timestamp::UNIX_EPOCH));
        lines.line_of(&["DTSTAMP:", &stamp])?;
        if let Some(created) = self.created_at {
            lines.line_of(&["CREATED:", &utc_text(created)])?;
        }
        lines.line_of(&["LAST-MODIFIED:", &stamp])?;
        lines.text("SUMMARY", Some(&*self.title.0))?;
        self.times(clock, stood_in, lines)?;
        if let Some(original) = original {
            lines.line(&original)?;
        }
        lines.text("DESCRIPTION", Text::of(&self.description))?;
        lines.text("LOCATION", Text::of(&self.location))?;
        self.categories(lines)?;
        self.marks(lines)?;
        lines.line("END:VEVENT")
    }

    fn times(&self, clock: Clock<'_>, stood_in: &[Date], lines: &mut Lines<'_>) -> Result<(), ExportError> {
        let repeats = self.is_recurring.then(|| Repeats::of(self, clock, stood_in));
        let first = repeats.as_ref().and_then(|repeats| repeats.first);
        let start = first.map_or(self.start_time, |first| first.start);
        match first {
            // By the clock on the wall, as the rule goes by it.
            Some(first) => {
                let time = clock.local(self.start_time).time();
                lines.line(&clock.wall_clock("DTSTART", first.date.to_datetime(time)))?;
            }
            None => lines.line(&clock.instant("DTSTART", start))?,
        }
        let length = self.end_time.duration_since(self.start_time);
        // What has no length ends where it starts; DTEND must lie after it (3.8.2.2).
        if length.is_positive()
            && let Ok(end) = start.checked_add(length)
        {
            lines.line(&clock.instant("DTEND", end))?;
        }
        repeats.iter().flat_map(|repeats| &repeats.lines).try_for_each(|line| lines.line(line))
    }

    /// RECURRENCE-ID: where the rule had put this occurrence.
    fn original(&self, clock: Clock<'_>, series: Option<(Clock<'_>, Option<Time>)>) -> Option<String> {
        self.recurrence_master_id?;
        let name = "RECURRENCE-ID";
        match (series, self.original_date, self.original_start) {
            (Some((of_series, time)), Some(date), _) => {
                Some(of_series.wall_clock(name, date.to_datetime(time.unwrap_or(Time::midnight()))))
            }
            (_, _, Some(start)) => Some(series.map_or(clock, |(clock, _)| clock).instant(name, start)),
            (_, Some(date), None) => Some(Clock::Dates.wall_clock(name, date.to_datetime(Time::midnight()))),
            (_, None, None) => None,
        }
    }

    fn categories(&self, lines: &mut Lines<'_>) -> Result<(), ExportError> {
        let one = self.category.iter().filter(|category| !self.categories.contains(category));
        lines.texts("CATEGORIES", one.chain(&self.categories).map(|category| &*category.0))
    }

    fn marks(&self, lines: &mut Lines<'_>) -> Result<(), ExportError> {
        match Text::of(&self.sensitivity) {
            Some("private" | "personal") => lines.line("CLASS:PRIVATE")?,
            Some("confidential") => lines.line("CLASS:CONFIDENTIAL")?,
            _ => {}
        }
        if self.is_cancelled {
            lines.line("STATUS:CANCELLED")?;
        }
        let is_free = matches!(Text::of(&self.show_as), Some("free" | "workingElsewhere"));
        lines.line(if is_free { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" })
    }
}
