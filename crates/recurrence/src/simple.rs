//! The recurrence pattern of the specification: a type, an interval, days and an end.
//!
//! It cannot say everything a rule says. [`from_rule`] therefore marks whether the pattern is the whole truth; when
//! it is not, the rule's own lines stay the truth, and the pattern is for display and for filters.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::anchor::Anchor;
use crate::days;
use crate::error::RuleError;
use crate::month_end::{day_or_last, shortest_length};
use crate::rule::{ByDay, End, Frequency, Rule, Until};
use crate::series::Series;
use crate::weekday;

/// The four types of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum SimpleType {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// The pattern of the specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimplePattern {
    /// `type` in JSON.
    #[serde(rename = "type")]
    pub kind: SimpleType,
    /// Every so many days, weeks, months or years; 1 to 1000.
    #[serde(default = "one")]
    pub interval: u32,
    /// Of a weekly pattern: `monday` to `sunday`. Empty means the weekday of the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days_of_week: Vec<String>,
    /// Of a monthly or yearly pattern: 1 to 31. Absent means the day of the start. A yearly pattern falls in the
    /// month of the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<i8>,
    /// No occurrence starts after this. For an all-day series its date in UTC counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Timestamp>,
    /// So many occurrences, cancelled ones counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurrence_count: Option<u32>,
}

/// A pattern, and whether it tells the whole truth about its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simple {
    /// As close as the specification's form comes.
    pub pattern: SimplePattern,
    /// True when [`to_rule`] gives a rule with the very same occurrences.
    pub lossless: bool,
}

fn one() -> u32 {
    1
}

/// The pattern of a rule.
///
/// Lossless are: daily; weekly on given days, as long as it does not matter where the week begins; monthly on one
/// day up to the 28th; yearly on one day that the start's month has every year; daily on given weekdays with an
/// interval of 1, which is weekly. All of them only if the start is an occurrence itself.
#[must_use]
pub fn from_rule(rule: &Rule, anchor: &Anchor) -> Simple {
    let (kind, fits) = match rule.freq {
        Frequency::Daily if rule.interval == 1 && !rule.by_day.is_empty() => {
            (SimpleType::Weekly, rule.by_month.is_empty() && rule.by_month_day.is_empty())
        }
        Frequency::Daily => {
            let plain = rule.by_day.is_empty() && rule.by_month.is_empty() && rule.by_month_day.is_empty();
            (SimpleType::Daily, plain)
        }
        Frequency::Weekly => {
            (SimpleType::Weekly, rule.by_month.is_empty() && week_start_is_idle(rule, anchor))
        }
        Frequency::Monthly => (
            SimpleType::Monthly,
            rule.by_month.is_empty() && rule.by_day.is_empty() && day_fits(rule, anchor, 28),
        ),
        Frequency::Yearly => {
            let shortest = shortest_length(anchor.date().month().unsigned_abs());
            let named = rule.by_month.is_empty() && rule.by_month_day.is_empty()
                || rule.by_month == [anchor.date().month()];
            (SimpleType::Yearly, named && rule.by_day.is_empty() && day_fits(rule, anchor, shortest))
        }
    };
    let starts = Series::new(rule, anchor.clone()).is_ok_and(|series| series.contains_date(anchor.date()));
    let lossless = fits && rule.by_set_pos.is_empty() && starts;
    Simple { pattern: closest(kind, rule, anchor), lossless }
}

/// The rule of a pattern, for a series that begins at `anchor`.
///
/// Days 29 to 31 mean what they mean in Outlook: the last day of months that are shorter. Weeks begin on Monday.
///
/// # Errors
/// [`RuleError::Invalid`] for names that are no weekday, numbers outside their limits, a day the start's month never
/// has, and an `end_date` together with an `occurrence_count`.
pub fn to_rule(pattern: &SimplePattern, anchor: &Anchor) -> Result<Rule, RuleError> {
    let every = |freq| Rule::every(pattern.interval, freq);
    let mut rule = match pattern.kind {
        SimpleType::Daily => every(Frequency::Daily),
        SimpleType::Weekly => Rule { by_day: by_day(pattern, anchor)?, ..every(Frequency::Weekly) },
        SimpleType::Monthly => on_day(every(Frequency::Monthly), pattern, anchor, 28, 31)?,
        SimpleType::Yearly => {
            let month = anchor.date().month();
            let shortest = shortest_length(month.unsigned_abs());
            let year = Rule { by_month: vec![month], ..every(Frequency::Yearly) };
            on_day(year, pattern, anchor, shortest, shortest + u8::from(month == 2))?
        }
    };
    rule.end = match (pattern.end_date, pattern.occurrence_count) {
        (None, None) => End::Never,
        (None, Some(count)) => End::Count(count),
        (Some(end), None) if anchor.is_all_day() => End::Until(Until::Date(anchor.date_of(end))),
        (Some(end), None) => End::Until(Until::Instant(end)),
        (Some(_), Some(count)) => {
            let reason = "a series ends at end_date or after occurrence_count, not both";
            return Err(RuleError::invalid("occurrence_count", &count.to_string(), reason));
        }
    };
    rule.check()?;
    Ok(rule)
}

/// True when weeks that begin on Monday give the same days as the rule's own weeks.
fn week_start_is_idle(rule: &Rule, anchor: &Anchor) -> bool {
    let start = days::index_of(anchor.date().weekday());
    let from_start = |weekday: i32, week_start: i32| {
        (weekday - week_start).rem_euclid(7) - (start - week_start).rem_euclid(7)
    };
    let own = days::index_of(rule.week_start);
    let idle = |day: &ByDay| {
        let weekday = days::index_of(day.weekday);
        from_start(weekday, own) == from_start(weekday, 0)
    };
    rule.interval == 1 || rule.by_day.iter().all(idle)
}

fn day_fits(rule: &Rule, anchor: &Anchor, shortest: u8) -> bool {
    let day = match rule.by_month_day.as_slice() {
        [] => anchor.date().day(),
        [day] => *day,
        _ => return false,
    };
    day > 0 && day.unsigned_abs() <= shortest
}

fn closest(kind: SimpleType, rule: &Rule, anchor: &Anchor) -> SimplePattern {
    let named = weekday::sorted(rule.by_day.iter().map(|day| day.weekday));
    let days = match kind {
        SimpleType::Weekly if named.is_empty() => vec![anchor.date().weekday()],
        _ => named,
    };
    let day_of_month = match (kind, rule.by_month_day.as_slice()) {
        (SimpleType::Daily | SimpleType::Weekly, _) => None,
        (_, []) if !rule.by_day.is_empty() => None,
        (_, [day, ..]) if *day > 0 => Some(rule.by_month_day.last().copied().unwrap_or(*day)),
        (_, [_, ..]) => Some(31),
        (_, []) => Some(anchor.date().day()),
    };
    let (end_date, occurrence_count) = match rule.end {
        End::Never => (None, None),
        End::Count(count) => (None, Some(count)),
        End::Until(until) => (end_of(until, anchor), None),
    };
    let days_of_week = days.into_iter().map(|day| weekday::name(day).to_owned()).collect();
    SimplePattern { kind, interval: rule.interval, days_of_week, day_of_month, end_date, occurrence_count }
}

/// The instant of an UNTIL; a date stands for its whole local day.
fn end_of(until: Until, anchor: &Anchor) -> Option<Timestamp> {
    let end_of_day = |date: Date, zone: &TimeZone| {
        let last_second = zone.to_ambiguous_zoned(date.at(23, 59, 59, 0)).later();
        last_second.ok().map(|zoned| zoned.timestamp())
    };
    match (until, anchor) {
        (Until::Instant(instant), _) => Some(instant),
        (Until::Date(date), Anchor::Zoned { zone, .. }) => end_of_day(date, zone),
        (Until::Date(date), Anchor::Date(_)) => anchor.start_on(date),
        (Until::Local(local), Anchor::Zoned { zone, .. }) => zone.to_timestamp(local).ok(),
        (Until::Local(local), Anchor::Date(_)) => anchor.start_on(local.date()),
    }
}

fn by_day(pattern: &SimplePattern, anchor: &Anchor) -> Result<Vec<ByDay>, RuleError> {
    let read = |name: &String| {
        weekday::from_name(name).ok_or_else(|| RuleError::invalid("days_of_week", name, "it is no weekday"))
    };
    let mut days = pattern.days_of_week.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if days.is_empty() {
        days.push(anchor.date().weekday());
    }
    Ok(weekday::sorted(days).into_iter().map(ByDay::every).collect())
}

fn on_day(
    rule: Rule,
    pattern: &SimplePattern,
    anchor: &Anchor,
    shortest: u8,
    longest: u8,
) -> Result<Rule, RuleError> {
    let day = pattern.day_of_month.unwrap_or(anchor.date().day());
    let wrong = || {
        RuleError::invalid(
            "day_of_month",
            &day.to_string(),
            &format!("it must be a number from 1 to {longest}"),
        )
    };
    let (by_month_day, by_set_pos) = u8::try_from(day)
        .ok()
        .filter(|day| *day <= longest)
        .and_then(|day| day_or_last(day, shortest))
        .ok_or_else(wrong)?;
    Ok(Rule { by_month_day, by_set_pos, ..rule })
}
