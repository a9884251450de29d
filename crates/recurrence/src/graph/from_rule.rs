//! From a rule to a Graph recurrence: exactly, or not at all.

use jiff::civil::Weekday;

use super::{PatternedRecurrence, RecurrencePattern, RecurrenceRange, WeekIndex};
use crate::anchor::Anchor;
use crate::month_end::{meant_day, shortest_length};
use crate::rule::{ByDay, End, Frequency, Rule};
use crate::series::Series;
use crate::weekday;

/// A series that Graph has no pattern for. It is shown as "cannot mirror"; nothing is approximated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the series cannot be mirrored to Outlook: {reason}; simplify the series, or leave it on this side")]
pub struct CannotMirror {
    /// What Graph cannot say.
    pub reason: String,
}

/// The Graph recurrence with exactly the occurrences of this rule.
///
/// UNTIL becomes the local date of the last occurrence not after it. `zone_name`, where given, is sent as
/// `recurrenceTimeZone` and has to name the zone of the anchor.
///
/// # Errors
/// [`CannotMirror`] when Graph has no such pattern, and when the start is not an occurrence itself: Graph takes the
/// start's date as the first occurrence.
pub fn from_rule(
    rule: &Rule,
    anchor: &Anchor,
    zone_name: Option<&str>,
) -> Result<PatternedRecurrence, CannotMirror> {
    let series = Series::new(rule, anchor.clone()).map_err(|error| refuse(&error.to_string()))?;
    if !series.contains_date(anchor.date()) {
        return Err(refuse("its start is not one of its occurrences"));
    }
    let pattern = match rule.freq {
        Frequency::Daily => daily(rule),
        Frequency::Weekly => weekly(rule, anchor),
        Frequency::Monthly => monthly(rule, anchor),
        Frequency::Yearly => yearly(rule, anchor),
    }?;
    let range = range(rule.end, &series, zone_name)?;
    Ok(PatternedRecurrence { pattern, range })
}

fn daily(rule: &Rule) -> Result<RecurrencePattern, CannotMirror> {
    only(rule.by_month.is_empty() && rule.by_month_day.is_empty(), "a daily pattern has no months or days")?;
    only(rule.by_set_pos.is_empty(), "a daily pattern has no BYSETPOS")?;
    if rule.by_day.is_empty() {
        return Ok(RecurrencePattern::Daily { interval: rule.interval });
    }
    // Every day that is one of these weekdays is the same as every week on them.
    only(rule.interval == 1, "a daily pattern with an interval has no weekdays")?;
    Ok(week(rule, weekdays(rule)?))
}

fn weekly(rule: &Rule, anchor: &Anchor) -> Result<RecurrencePattern, CannotMirror> {
    only(rule.by_month.is_empty(), "a weekly pattern has no months")?;
    only(rule.by_set_pos.is_empty(), "a weekly pattern has no BYSETPOS")?;
    let days = match rule.by_day.is_empty() {
        true => vec![anchor.date().weekday()],
        false => weekdays(rule)?,
    };
    Ok(week(rule, days))
}

fn week(rule: &Rule, days_of_week: Vec<Weekday>) -> RecurrencePattern {
    RecurrencePattern::Weekly { interval: rule.interval, days_of_week, first_day_of_week: rule.week_start }
}

fn monthly(rule: &Rule, anchor: &Anchor) -> Result<RecurrencePattern, CannotMirror> {
    only(rule.by_month.is_empty(), "a monthly pattern takes every month")?;
    let interval = rule.interval;
    if !rule.by_day.is_empty() {
        let (days_of_week, index) = nth(rule)?;
        return Ok(RecurrencePattern::RelativeMonthly { interval, days_of_week, index });
    }
    let day_of_month = day(rule, anchor, 28, 31)?;
    Ok(RecurrencePattern::AbsoluteMonthly { interval, day_of_month })
}

fn yearly(rule: &Rule, anchor: &Anchor) -> Result<RecurrencePattern, CannotMirror> {
    let interval = rule.interval;
    let from_start = rule.by_month.is_empty() && rule.by_month_day.is_empty() && rule.by_day.is_empty();
    let month = match rule.by_month.as_slice() {
        [month] => *month,
        [] if from_start => anchor.date().month(),
        [] => return Err(refuse("a yearly pattern names its month")),
        _ => return Err(refuse("a yearly pattern has one month")),
    };
    let month = month.unsigned_abs();
    if !rule.by_day.is_empty() {
        let (days_of_week, index) = nth(rule)?;
        return Ok(RecurrencePattern::RelativeYearly { interval, month, days_of_week, index });
    }
    let shortest = shortest_length(month);
    let day_of_month = day(rule, anchor, shortest, shortest + u8::from(month == 2))?;
    Ok(RecurrencePattern::AbsoluteYearly { interval, month, day_of_month })
}

/// The one day of the month, of months between these lengths.
fn day(rule: &Rule, anchor: &Anchor, shortest: u8, longest: u8) -> Result<u8, CannotMirror> {
    let start = [anchor.date().day()];
    let days = if rule.by_month_day.is_empty() { &start[..] } else { &rule.by_month_day };
    meant_day(days, &rule.by_set_pos, shortest, longest)
        .ok_or_else(|| refuse("it takes days of the month that Outlook cannot name, or skips shorter months"))
}

/// `BYDAY=2TU` and `BYDAY=TH,FR;BYSETPOS=2`.
fn nth(rule: &Rule) -> Result<(Vec<Weekday>, WeekIndex), CannotMirror> {
    only(rule.by_month_day.is_empty(), "a pattern has weekdays or days of the month, not both")?;
    let ordinal = match (rule.by_day.as_slice(), rule.by_set_pos.as_slice()) {
        ([ByDay { ordinal: Some(ordinal), .. }], []) => i16::from(*ordinal),
        ([_, ..], [place]) if rule.by_day.iter().all(|day| day.ordinal.is_none()) => *place,
        _ => return Err(refuse("a pattern takes one day of the month at a time")),
    };
    let index = match ordinal {
        1 => WeekIndex::First,
        2 => WeekIndex::Second,
        3 => WeekIndex::Third,
        4 => WeekIndex::Fourth,
        -1 => WeekIndex::Last,
        _ => return Err(refuse("Outlook counts from the first to the fourth, and the last")),
    };
    Ok((weekday::sorted(rule.by_day.iter().map(|day| day.weekday)), index))
}

fn weekdays(rule: &Rule) -> Result<Vec<Weekday>, CannotMirror> {
    only(rule.by_day.iter().all(|day| day.ordinal.is_none()), "its weekdays are numbered")?;
    Ok(weekday::sorted(rule.by_day.iter().map(|day| day.weekday)))
}

fn range(end: End, series: &Series, zone_name: Option<&str>) -> Result<RecurrenceRange, CannotMirror> {
    let start_date = series.anchor().date();
    let recurrence_time_zone = zone_name.map(ToOwned::to_owned);
    match end {
        End::Never => Ok(RecurrenceRange::NoEnd { start_date, recurrence_time_zone }),
        End::Count(number_of_occurrences) => {
            Ok(RecurrenceRange::Numbered { start_date, number_of_occurrences, recurrence_time_zone })
        }
        End::Until(_) => {
            let end_date = series.last().ok_or_else(|| refuse("it ends before it begins"))?.date;
            Ok(RecurrenceRange::EndDate { start_date, end_date, recurrence_time_zone })
        }
    }
}

fn only(fits: bool, reason: &str) -> Result<(), CannotMirror> {
    if fits { Ok(()) } else { Err(refuse(reason)) }
}

fn refuse(reason: &str) -> CannotMirror {
    CannotMirror { reason: reason.to_owned() }
}
