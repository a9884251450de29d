//! The JSON of a `patternedRecurrence`: everything optional when read, only the members of the type when sent.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::{RecurrencePattern, RecurrenceRange, WeekIndex};
use crate::error::RuleError;
use crate::weekday;

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pattern {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    month: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    day_of_month: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    days_of_week: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_day_of_week: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<String>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Range {
    #[serde(rename = "type")]
    kind: String,
    start_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_occurrences: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence_time_zone: Option<String>,
}

impl From<RecurrencePattern> for Pattern {
    fn from(pattern: RecurrencePattern) -> Self {
        let of = |kind: &str, interval: u32| Self {
            kind: kind.to_owned(),
            interval: Some(interval.into()),
            ..Self::default()
        };
        match pattern {
            RecurrencePattern::Daily { interval } => of("daily", interval),
            RecurrencePattern::Weekly { interval, days_of_week, first_day_of_week } => Self {
                days_of_week: Some(names(&days_of_week)),
                first_day_of_week: Some(weekday::name(first_day_of_week).to_owned()),
                ..of("weekly", interval)
            },
            RecurrencePattern::AbsoluteMonthly { interval, day_of_month } => {
                Self { day_of_month: Some(day_of_month.into()), ..of("absoluteMonthly", interval) }
            }
            RecurrencePattern::RelativeMonthly { interval, days_of_week, index } => Self {
                days_of_week: Some(names(&days_of_week)),
                index: Some(index.name().to_owned()),
                ..of("relativeMonthly", interval)
            },
            RecurrencePattern::AbsoluteYearly { interval, month, day_of_month } => Self {
                month: Some(month.into()),
                day_of_month: Some(day_of_month.into()),
                ..of("absoluteYearly", interval)
            },
            RecurrencePattern::RelativeYearly { interval, month, days_of_week, index } => Self {
                month: Some(month.into()),
                days_of_week: Some(names(&days_of_week)),
                index: Some(index.name().to_owned()),
                ..of("relativeYearly", interval)
            },
        }
    }
}

impl TryFrom<Pattern> for RecurrencePattern {
    type Error = RuleError;

    fn try_from(wire: Pattern) -> Result<Self, RuleError> {
        let interval = within("interval", wire.interval, 1, 1000)?;
        match wire.kind.as_str() {
            "daily" => Ok(Self::Daily { interval }),
            "weekly" => Ok(Self::Weekly {
                interval,
                days_of_week: days(wire.days_of_week)?,
                first_day_of_week: match wire.first_day_of_week {
                    Some(name) => day(&name)?,
                    None => Weekday::Sunday,
                },
            }),
            "absoluteMonthly" => {
                Ok(Self::AbsoluteMonthly { interval, day_of_month: day_of_month(wire.day_of_month)? })
            }
            "relativeMonthly" => Ok(Self::RelativeMonthly {
                interval,
                days_of_week: days(wire.days_of_week)?,
                index: index(wire.index)?,
            }),
            "absoluteYearly" => Ok(Self::AbsoluteYearly {
                interval,
                month: month(wire.month)?,
                day_of_month: day_of_month(wire.day_of_month)?,
            }),
            "relativeYearly" => Ok(Self::RelativeYearly {
                interval,
                month: month(wire.month)?,
                days_of_week: days(wire.days_of_week)?,
                index: index(wire.index)?,
            }),
            other => {
                Err(RuleError::unsupported(&format!("pattern.type {other}"), "Graph documents no such type"))
            }
        }
    }
}

impl From<RecurrenceRange> for Range {
    fn from(range: RecurrenceRange) -> Self {
        let start_date = Some(range.start_date().to_string());
        let zone = range.recurrence_time_zone().map(ToOwned::to_owned);
        let of = |kind: &str| Self {
            kind: kind.to_owned(),
            start_date,
            recurrence_time_zone: zone,
            ..Self::default()
        };
        match range {
            RecurrenceRange::NoEnd { .. } => of("noEnd"),
            RecurrenceRange::EndDate { end_date, .. } => {
                Self { end_date: Some(end_date.to_string()), ..of("endDate") }
            }
            RecurrenceRange::Numbered { number_of_occurrences, .. } => {
                Self { number_of_occurrences: Some(number_of_occurrences.into()), ..of("numbered") }
            }
        }
    }
}

impl TryFrom<Range> for RecurrenceRange {
    type Error = RuleError;

    fn try_from(wire: Range) -> Result<Self, RuleError> {
        let start_date = date("startDate", wire.start_date)?;
        let recurrence_time_zone = wire.recurrence_time_zone.filter(|name| !name.is_empty());
        match wire.kind.as_str() {
            "noEnd" => Ok(Self::NoEnd { start_date, recurrence_time_zone }),
            "endDate" => {
                let end_date = date("endDate", wire.end_date)?;
                Ok(Self::EndDate { start_date, end_date, recurrence_time_zone })
            }
            "numbered" => {
                let count = wire.number_of_occurrences;
                let number_of_occurrences = within("numberOfOccurrences", count, 1, u32::MAX)?;
                Ok(Self::Numbered { start_date, number_of_occurrences, recurrence_time_zone })
            }
            other => {
                Err(RuleError::unsupported(&format!("range.type {other}"), "Graph documents no such type"))
            }
        }
    }
}

impl WeekIndex {
    const ALL: [Self; 5] = [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Last];

    fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
            Self::Third => "third",
            Self::Fourth => "fourth",
            Self::Last => "last",
        }
    }
}

fn names(days: &[Weekday]) -> Vec<String> {
    days.iter().map(|day| weekday::name(*day).to_owned()).collect()
}

fn days(names: Option<Vec<String>>) -> Result<Vec<Weekday>, RuleError> {
    let days = names.unwrap_or_default().iter().map(|name| day(name)).collect::<Result<Vec<_>, _>>()?;
    match days.is_empty() {
        true => Err(RuleError::invalid("daysOfWeek", "[]", "this type of pattern needs at least one day")),
        false => Ok(days),
    }
}

fn day(name: &str) -> Result<Weekday, RuleError> {
    weekday::from_name(name).ok_or_else(|| RuleError::invalid("day of the week", name, "it is no weekday"))
}

fn month(value: Option<i64>) -> Result<u8, RuleError> {
    within("month", value, 1, 12)
}

fn day_of_month(value: Option<i64>) -> Result<u8, RuleError> {
    within("dayOfMonth", value, 1, 31)
}

/// Absent means `first`, Graph's default.
fn index(name: Option<String>) -> Result<WeekIndex, RuleError> {
    let Some(name) = name else {
        return Ok(WeekIndex::First);
    };
    let found = WeekIndex::ALL.into_iter().find(|index| index.name().eq_ignore_ascii_case(&name));
    found.ok_or_else(|| RuleError::invalid("index", &name, "it is none of first to fourth and last"))
}

fn date(member: &str, text: Option<String>) -> Result<Date, RuleError> {
    let text = text.unwrap_or_default();
    text.parse().map_err(|_| RuleError::invalid(member, &text, "it is no date such as 2027-01-31"))
}

fn within<T: TryFrom<i64>>(member: &str, value: Option<i64>, least: i64, most: u32) -> Result<T, RuleError> {
    let value = value.unwrap_or_default();
    let inside = (least..=i64::from(most)).contains(&value).then(|| T::try_from(value).ok()).flatten();
    inside.ok_or_else(|| {
        RuleError::invalid(member, &value.to_string(), &format!("it must be a number from {least} to {most}"))
    })
}
