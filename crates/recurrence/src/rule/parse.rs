//! Reads a rule from text: lenient about case, order and stray separators, strict about meaning.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;

use super::{ByDay, End, Frequency, Rule, Until};
use crate::error::RuleError;
use crate::weekday;

/// No list of RFC 5545 needs more entries than a year has days; longer ones are an attack.
const MAX_LIST: usize = 400;
/// A rule with every list at its fullest stays below this.
const MAX_TEXT_BYTES: usize = 8 * 1024;

impl Rule {
    /// Reads `RRULE:FREQ=...` or the bare `FREQ=...`.
    ///
    /// # Errors
    /// [`RuleError::Unsupported`] names a part we do not expand (FREQ below a day, BYWEEKNO, BYYEARDAY,
    /// BYHOUR..., RSCALE, COUNT together with UNTIL); [`RuleError::Invalid`] a part that RFC 5545 forbids or
    /// that breaks a limit (INTERVAL 0 or above [`Rule::MAX_INTERVAL`], lists beyond 400 entries).
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let text = text.trim();
        if text.len() > MAX_TEXT_BYTES {
            return Err(RuleError::invalid("RRULE", text, "it is longer than 8 KiB"));
        }
        let body = match text.split_at_checked("RRULE:".len()) {
            Some((name, rest)) if name.eq_ignore_ascii_case("RRULE:") => rest,
            _ => text,
        };
        let mut parts = Parts::default();
        for part in body.split(';').filter(|part| !part.trim().is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                return Err(RuleError::invalid(part, part, "it has no value"));
            };
            parts.take(&name.trim().to_ascii_uppercase(), value.trim())?;
        }
        parts.finish(body)
    }
}

/// What was seen so far; each part may appear once.
#[derive(Default)]
struct Parts {
    freq: Option<Frequency>,
    interval: Option<u32>,
    count: Option<u32>,
    until: Option<Until>,
    week_start: Option<Weekday>,
    by_month: Option<Vec<i8>>,
    by_month_day: Option<Vec<i8>>,
    by_day: Option<Vec<ByDay>>,
    by_set_pos: Option<Vec<i16>>,
}

impl Parts {
    fn take(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        match name {
            "FREQ" => once(&mut self.freq, name, value, frequency(value)?),
            "INTERVAL" => once(&mut self.interval, name, value, number(name, value, 1, Rule::MAX_INTERVAL)?),
            "COUNT" => once(&mut self.count, name, value, number(name, value, 1, u32::MAX)?),
            "UNTIL" => once(&mut self.until, name, value, until(value)?),
            "WKST" => once(&mut self.week_start, name, value, week_start(value)?),
            "BYMONTH" => once(&mut self.by_month, name, value, months(value)?),
            "BYMONTHDAY" => once(&mut self.by_month_day, name, value, signed(name, value, 31)?),
            "BYDAY" => once(&mut self.by_day, name, value, by_days(value)?),
            "BYSETPOS" => once(&mut self.by_set_pos, name, value, signed(name, value, 366)?),
            "BYWEEKNO" | "BYYEARDAY" | "BYHOUR" | "BYMINUTE" | "BYSECOND" | "BYEASTER" | "RSCALE"
            | "SKIP" => {
                Err(RuleError::unsupported(name, "neither Outlook nor the rules Google writes use it"))
            }
            _ => Err(RuleError::unsupported(name, "RFC 5545 does not know it")),
        }
    }

    fn finish(self, body: &str) -> Result<Rule, RuleError> {
        let end = match (self.count, self.until) {
            (None, None) => End::Never,
            (Some(count), None) => End::Count(count),
            (None, Some(until)) => End::Until(until),
            (Some(_), Some(_)) => {
                return Err(RuleError::unsupported("COUNT and UNTIL together", "RFC 5545 forbids the pair"));
            }
        };
        let Some(freq) = self.freq else {
            return Err(RuleError::invalid("FREQ", body, "it is missing"));
        };
        let rule = Rule {
            freq,
            interval: self.interval.unwrap_or(1),
            by_month: self.by_month.unwrap_or_default(),
            by_month_day: self.by_month_day.unwrap_or_default(),
            by_day: self.by_day.unwrap_or_default(),
            by_set_pos: self.by_set_pos.unwrap_or_default(),
            week_start: self.week_start.unwrap_or(Weekday::Monday),
            end,
        };
        rule.check()?;
        Ok(rule)
    }
}

fn once<T>(slot: &mut Option<T>, name: &str, value: &str, read: T) -> Result<(), RuleError> {
    match slot.replace(read) {
        None => Ok(()),
        Some(_) => Err(RuleError::invalid(name, value, "it appears twice")),
    }
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "HOURLY" | "MINUTELY" | "SECONDLY" => {
            Err(RuleError::unsupported(&format!("FREQ={value}"), "series repeat by the day at the most"))
        }
        _ => Err(RuleError::invalid("FREQ", value, "it is none of DAILY, WEEKLY, MONTHLY, YEARLY")),
    }
}

fn number(name: &str, value: &str, least: u32, most: u32) -> Result<u32, RuleError> {
    match value.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(RuleError::invalid(name, value, &format!("it must be a number from {least} to {most}"))),
    }
}

fn week_start(value: &str) -> Result<Weekday, RuleError> {
    weekday::from_code(value).ok_or_else(|| RuleError::invalid("WKST", value, "it is no weekday"))
}

fn months(value: &str) -> Result<Vec<i8>, RuleError> {
    if value.ends_with(['L', 'l']) {
        return Err(RuleError::unsupported("BYMONTH", "leap months belong to other calendars (RFC 7529)"));
    }
    let read: Vec<i8> = signed("BYMONTH", value, 12)?;
    match read.iter().any(|month| *month < 0) {
        true => Err(RuleError::invalid("BYMONTH", value, "a month is counted from 1 to 12")),
        false => Ok(read),
    }
}

/// A list of whole numbers between -limit and limit without zero, sorted, each once.
fn signed<T: TryFrom<i16> + Ord>(name: &str, value: &str, limit: i16) -> Result<Vec<T>, RuleError> {
    let mut read = entries(name, value, |entry| {
        let number = entry.parse::<i16>().ok().filter(|number| *number != 0 && number.abs() <= limit)?;
        T::try_from(number).ok()
    })?;
    read.sort_unstable();
    read.dedup();
    Ok(read)
}

fn by_days(value: &str) -> Result<Vec<ByDay>, RuleError> {
    let mut read = entries("BYDAY", value, by_day)?;
    read.sort_unstable_by_key(sort_key);
    read.dedup();
    Ok(read)
}

/// Without ordinal first, then by ordinal, then in order of the week.
fn sort_key(day: &ByDay) -> (i8, i8) {
    (day.ordinal.unwrap_or(0), day.weekday.to_monday_zero_offset())
}

fn by_day(entry: &str) -> Option<ByDay> {
    let (ordinal, code) = entry.split_at_checked(entry.len().checked_sub(2)?)?;
    let weekday = weekday::from_code(code)?;
    if ordinal.is_empty() {
        return Some(ByDay::every(weekday));
    }
    let ordinal = ordinal.parse::<i8>().ok().filter(|number| *number != 0 && number.abs() <= 53)?;
    Some(ByDay::nth(ordinal, weekday))
}

fn entries<T>(name: &str, value: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, RuleError> {
    let mut list = Vec::new();
    for entry in value.split(',') {
        if list.len() == MAX_LIST {
            return Err(RuleError::invalid(name, value, "it has more than 400 entries"));
        }
        match read(entry.trim()) {
            Some(read) => list.push(read),
            None => return Err(RuleError::invalid(name, entry, "the entry is outside what RFC 5545 allows")),
        }
    }
    Ok(list)
}

fn until(value: &str) -> Result<Until, RuleError> {
    let wrong = || RuleError::invalid("UNTIL", value, "it is neither a date nor a date with time");
    if value.len() == 8 {
        return basic_date(value).map(Until::Date).ok_or_else(wrong);
    }
    match value.strip_suffix(['Z', 'z']) {
        Some(utc) => basic_date_time(utc).and_then(utc_instant).map(Until::Instant).ok_or_else(wrong),
        None => basic_date_time(value).map(Until::Local).ok_or_else(wrong),
    }
}

/// `20270131`.
pub(crate) fn basic_date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u32 = text.parse().ok()?;
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
}

/// `20270131T235959`; a leap second (60) counts as the second before it.
pub(crate) fn basic_date_time(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    if time.len() != 6 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = time.parse().ok()?;
    let hour = i8::try_from(number / 10_000).ok()?;
    let minute = i8::try_from(number / 100 % 100).ok()?;
    let second = i8::try_from((number % 100).min(if number % 100 == 60 { 59 } else { 99 })).ok()?;
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    Some(basic_date(date)?.to_datetime(time))
}

pub(crate) fn utc_instant(local: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_have_one_form() {
        for (text, expected) in [
            ("RRULE:FREQ=DAILY", "FREQ=DAILY;INTERVAL=1;WKST=MO"),
            ("rrule:freq=weekly;byday=we,mo,WE;", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;WKST=MO"),
            (
                "COUNT=3;WKST=SU;FREQ=MONTHLY;BYDAY=-1FR,+2TU,MO",
                "FREQ=MONTHLY;INTERVAL=1;BYDAY=-1FR,MO,2TU;WKST=SU;COUNT=3",
            ),
            (
                "FREQ=YEARLY;INTERVAL=2;BYMONTH=12,1;BYMONTHDAY=-1,1",
                "FREQ=YEARLY;INTERVAL=2;BYMONTH=1,12;BYMONTHDAY=-1,1;WKST=MO",
            ),
            ("FREQ=DAILY;UNTIL=20270131T235959Z", "FREQ=DAILY;INTERVAL=1;WKST=MO;UNTIL=20270131T235959Z"),
            ("FREQ=DAILY;UNTIL=20270131", "FREQ=DAILY;INTERVAL=1;WKST=MO;UNTIL=20270131"),
            ("FREQ=DAILY;UNTIL=20270131T235960", "FREQ=DAILY;INTERVAL=1;WKST=MO;UNTIL=20270131T235959"),
            (" FREQ = DAILY ; ; INTERVAL = 7 ", "FREQ=DAILY;INTERVAL=7;WKST=MO"),
        ] {
            assert_eq!(Rule::parse(text).map(|rule| rule.to_string()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (text, expected) in [
            ("FREQ=HOURLY", "FREQ=HOURLY"),
            ("FREQ=YEARLY;BYWEEKNO=1", "BYWEEKNO"),
            ("FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY"),
            ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
            ("FREQ=MONTHLY;RSCALE=HEBREW", "RSCALE"),
            ("FREQ=YEARLY;BYMONTH=5L", "BYMONTH"),
            ("FREQ=DAILY;COUNT=1;UNTIL=20270101", "COUNT and UNTIL together"),
            ("FREQ=DAILY;X-OWN=1", "X-OWN"),
        ] {
            let Err(RuleError::Unsupported { part, .. }) = Rule::parse(text) else {
                panic!("{text} is supported");
            };
            assert_eq!(part, expected);
        }
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let long = format!("FREQ=DAILY;BYMONTHDAY={}1", "1,".repeat(500));
        let huge = format!("FREQ=DAILY;BYMONTHDAY={}1", "1,".repeat(100_000));
        for text in [
            "",
            "FREQ",
            "INTERVAL=1",
            "FREQ=",
            "FREQ=SOMETIMES",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;INTERVAL=1001",
            "FREQ=DAILY;INTERVAL=99999999999999999999999999999999999999999",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;COUNT=-1",
            "FREQ=DAILY;UNTIL=20270230",
            "FREQ=DAILY;UNTIL=20270130T250000Z",
            "FREQ=DAILY;UNTIL=tomorrow",
            "FREQ=DAILY;BYDAY=1MO",
            "FREQ=WEEKLY;BYDAY=MO=",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=MONTHLY;BYDAY=0MO",
            "FREQ=MONTHLY;BYDAY=54MO",
            "FREQ=MONTHLY;BYDAY=\u{20ac}O",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYSETPOS=367;BYDAY=MO",
            "FREQ=YEARLY;BYMONTH=13",
            "FREQ=YEARLY;BYMONTH=-1",
            "FREQ=DAILY;WKST=XX",
            &long,
            &huge,
        ] {
            let refused = Rule::parse(text);
            assert!(matches!(refused, Err(RuleError::Invalid { .. })), "{text:.80}: {refused:?}");
            assert!(refused.unwrap_err().to_string().len() < 400);
        }
    }
}
