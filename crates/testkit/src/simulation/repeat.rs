//! How a series of the model repeats, and on which dates: walked date by date, so that it shares nothing with the
//! expander that it judges.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use super::world::{Item, World, span};

/// How long in days both sides of a series are compared at rest.
const COMPARED_DAYS: i64 = 2 * 365;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every so many days.
    Days(i64),
    /// Every so many weeks, on the weekday of the first date.
    Weeks(i64),
    /// Every so many months, on the day of the first date, which every month has.
    Months(i64),
}

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// How often.
    pub every: Every,
    /// So many times; `None`: for ever.
    pub count: Option<usize>,
}

impl Repeat {
    /// The rule as a line, for a series that begins on this date.
    pub(super) fn text(self, first: Date) -> String {
        let pattern = match self.every {
            Every::Days(days) => format!("FREQ=DAILY;INTERVAL={days};WKST=MO"),
            Every::Weeks(weeks) => format!("FREQ=WEEKLY;INTERVAL={weeks};BYDAY={};WKST=MO", day_of(first)),
            Every::Months(months) => {
                format!("FREQ=MONTHLY;INTERVAL={months};BYMONTHDAY={};WKST=MO", first.day())
            }
        };
        self.count.map_or(pattern.clone(), |count| format!("{pattern};COUNT={count}"))
    }

    /// The dates of a series that begins on this one.
    pub(super) fn dates(self, first: Date) -> impl Iterator<Item = Date> {
        let step = move |number: i64| match self.every {
            Every::Days(days) => (days * number).days(),
            Every::Weeks(weeks) => (weeks * number).weeks(),
            Every::Months(months) => (months * number).months(),
        };
        (0..).take(self.count.unwrap_or(usize::MAX)).map(move |number| first.saturating_add(step(number)))
    }
}

/// The stretch of time in which both sides are compared.
pub(super) fn compared_from(now: Timestamp) -> (Timestamp, Timestamp) {
    let days = |days: i64| jiff::SignedDuration::from_hours(24 * days);
    let from = now - days(60);
    (from, from + days(COMPARED_DAYS))
}

/// When a series happens in Outlook by its rule, within a stretch of time: what was cancelled, and what has an event of
/// its own, left out.
pub(super) fn occurrences(
    world: &World,
    id: &str,
    item: &Item,
    (from, until): (Timestamp, Timestamp),
) -> Vec<(Timestamp, Timestamp)> {
    let Some(repeat) = item.rule else { return Vec::new() };
    let stands_in = |date: Date| {
        world.items.values().any(|other| {
            other.deleted.is_none()
                && other.replaces.as_ref().is_some_and(|(series, at)| series == id && *at == date)
        })
    };
    repeat
        .dates(item.date)
        .map(|date| (date, span(item, date)))
        .take_while(|(_, (start, _))| *start < until)
        .filter(|(date, (start, _))| *start >= from && !item.cancelled.contains(date) && !stands_in(*date))
        .map(|(_, span)| span)
        .collect()
}

fn day_of(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}
