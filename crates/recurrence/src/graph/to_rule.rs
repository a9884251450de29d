//! From a Graph recurrence to a rule. Nothing is lost: every Graph pattern has an RRULE.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::{PatternedRecurrence, RecurrencePattern, RecurrenceRange, WeekIndex};
use crate::error::RuleError;
use crate::month_end::{day_or_last, shortest_length};
use crate::rule::{ByDay, End, Frequency, Rule, Until};
use crate::{weekday, zones};

/// The rule that expands as Graph does.
///
/// A day of the month that some months lack becomes their last day (`dayOfMonth: 31` is `BYMONTHDAY=-1`). An
/// `endDate` becomes the end of that local day in `recurrenceTimeZone` (else in `series_zone`) as an instant, or
/// the date itself for an all-day series. WKST is Graph's first day of the week for weekly patterns, else Monday.
///
/// # Errors
/// [`RuleError::Invalid`] for a date that no year has (30 February) or a number outside its limits;
/// [`RuleError::Unsupported`] when `recurrenceTimeZone` cannot be resolved and an `endDate` needs it.
pub fn to_rule(
    recurrence: &PatternedRecurrence,
    series_zone: &TimeZone,
    all_day: bool,
) -> Result<Rule, RuleError> {
    let mut rule = pattern_rule(&recurrence.pattern)?;
    rule.end = range_end(&recurrence.range, series_zone, all_day)?;
    rule.check()?;
    Ok(rule)
}

fn pattern_rule(pattern: &RecurrencePattern) -> Result<Rule, RuleError> {
    let rule = match pattern {
        RecurrencePattern::Daily { interval } => Rule::every(*interval, Frequency::Daily),
        RecurrencePattern::Weekly { interval, days_of_week, first_day_of_week } => Rule {
            by_day: weekday::sorted(some(days_of_week)?).into_iter().map(ByDay::every).collect(),
            week_start: *first_day_of_week,
            ..Rule::every(*interval, Frequency::Weekly)
        },
        RecurrencePattern::AbsoluteMonthly { interval, day_of_month } => {
            on_day(Rule::every(*interval, Frequency::Monthly), *day_of_month, 28)?
        }
        RecurrencePattern::RelativeMonthly { interval, days_of_week, index } => {
            on_nth(Rule::every(*interval, Frequency::Monthly), days_of_week, *index)?
        }
        RecurrencePattern::AbsoluteYearly { interval, month, day_of_month } => {
            let year = in_month(*interval, *month)?;
            let (shortest, longest) =
                (shortest_length(*month), shortest_length(*month) + u8::from(*month == 2));
            if *day_of_month > longest {
                let value = format!("{month}-{day_of_month}");
                return Err(RuleError::invalid("dayOfMonth", &value, "the month is shorter in every year"));
            }
            on_day(year, *day_of_month, shortest)?
        }
        RecurrencePattern::RelativeYearly { interval, month, days_of_week, index } => {
            on_nth(in_month(*interval, *month)?, days_of_week, *index)?
        }
    };
    Ok(rule)
}

fn in_month(interval: u32, month: u8) -> Result<Rule, RuleError> {
    let wrong = || RuleError::invalid("month", &month.to_string(), "it must be a number from 1 to 12");
    let by_month = match month {
        1..=12 => vec![i8::try_from(month).map_err(|_| wrong())?],
        _ => return Err(wrong()),
    };
    Ok(Rule { by_month, ..Rule::every(interval, Frequency::Yearly) })
}

/// `shortest` is the length below which no month in question falls.
fn on_day(rule: Rule, day: u8, shortest: u8) -> Result<Rule, RuleError> {
    let (by_month_day, by_set_pos) = day_or_last(day, shortest).ok_or_else(|| {
        RuleError::invalid("dayOfMonth", &day.to_string(), "it must be a number from 1 to 31")
    })?;
    Ok(Rule { by_month_day, by_set_pos, ..rule })
}

fn on_nth(rule: Rule, days: &[Weekday], index: WeekIndex) -> Result<Rule, RuleError> {
    let ordinal = index.ordinal();
    let days = weekday::sorted(some(days)?);
    if let [day] = days.as_slice() {
        return Ok(Rule { by_day: vec![ByDay::nth(ordinal, *day)], ..rule });
    }
    let by_day = days.into_iter().map(ByDay::every).collect();
    Ok(Rule { by_day, by_set_pos: vec![ordinal.into()], ..rule })
}

fn some(days: &[Weekday]) -> Result<impl Iterator<Item = Weekday>, RuleError> {
    match days.is_empty() {
        true => Err(RuleError::invalid("daysOfWeek", "[]", "this type of pattern needs at least one day")),
        false => Ok(days.iter().copied()),
    }
}

fn range_end(range: &RecurrenceRange, series_zone: &TimeZone, all_day: bool) -> Result<End, RuleError> {
    let end_date = match range {
        RecurrenceRange::NoEnd { .. } => return Ok(End::Never),
        RecurrenceRange::Numbered { number_of_occurrences, .. } => {
            return Ok(End::Count(*number_of_occurrences));
        }
        RecurrenceRange::EndDate { end_date, .. } => *end_date,
    };
    if all_day {
        return Ok(End::Until(Until::Date(end_date)));
    }
    let zone = match range.recurrence_time_zone() {
        None => series_zone.clone(),
        Some(name) => {
            let unknown = |unknown: zones::UnknownZone| {
                RuleError::unsupported("recurrenceTimeZone", &unknown.to_string())
            };
            zones::resolve(name).map_err(unknown)?.tz
        }
    };
    // Where the last second of the day comes twice, the day ends with the second one.
    let last_second = zone.into_ambiguous_zoned(end_date.at(23, 59, 59, 0)).later();
    let wrong = |_| RuleError::invalid("endDate", &end_date.to_string(), "it lies outside the calendar");
    Ok(End::Until(Until::Instant(last_second.map_err(wrong)?.timestamp())))
}

impl WeekIndex {
    fn ordinal(self) -> i8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
            Self::Last => -1,
        }
    }
}
