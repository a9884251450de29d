//! The lines of a stored or received series: RRULE, EXDATE and RDATE as Google and calendar files write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use crate::anchor::Anchor;
use crate::error::RuleError;
use crate::rule::Rule;
use crate::rule::parse::{basic_date, basic_date_time, utc_instant};
use crate::zones;

/// More removed or added dates than this on one series are an attack.
const MAX_DATES: usize = 10_000;

/// A series' recurrence lines, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleLines {
    /// The one RRULE, if there is one.
    pub rule: Option<Rule>,
    /// Starts that RDATE adds to the rule.
    pub rdates: Vec<LineTime>,
    /// Starts that EXDATE takes away.
    pub exdates: Vec<LineTime>,
    /// The lines as they were given: what is stored and sent back.
    pub verbatim: Vec<String>,
}

/// A date or time on an EXDATE or RDATE line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineTime {
    /// An instant in UTC.
    Instant(Timestamp),
    /// Wall time with a TZID that was resolved. Exchange writes such midnights for all-day series, and means the
    /// date.
    Zoned {
        /// The wall time as it stands there.
        local: DateTime,
        /// The instant it is.
        start: Timestamp,
    },
    /// A date. On a timed series it stands for that whole day, as Google's data does.
    Date(Date),
    /// Wall time without a zone: read in the zone of the series.
    Local(DateTime),
}

impl RuleLines {
    /// Reads `RRULE:...`, `EXDATE...:...` and `RDATE...:...` lines; a bare `FREQ=...` counts as an RRULE.
    ///
    /// # Errors
    /// [`RuleError::Unsupported`] for what we cannot expand: several RRULE lines, EXRULE, RDATE with periods, a
    /// TZID nobody knows, and everything [`Rule::parse`] does not support. [`RuleError::Invalid`] for the rest.
    pub fn parse<S: AsRef<str>>(lines: &[S]) -> Result<Self, RuleError> {
        let mut read = Self::default();
        for line in lines.iter().map(AsRef::as_ref) {
            read.verbatim.push(line.to_owned());
            if !line.trim().is_empty() {
                read.take(line.trim())?;
            }
        }
        Ok(read)
    }

    /// The local dates of the rule's occurrences that EXDATE takes away, for
    /// [`Series::with_cancelled`](crate::Series::with_cancelled). A time that is not the start of the occurrence
    /// of its day takes nothing away.
    #[must_use]
    pub fn cancelled_dates(&self, anchor: &Anchor) -> Vec<Date> {
        self.exdates.iter().filter_map(|removed| removed.occurrence_date(anchor)).collect()
    }

    fn take(&mut self, line: &str) -> Result<(), RuleError> {
        let (head, value) = match line.split_once(':') {
            Some(parts) => parts,
            None if line.len() >= 5
                && line.is_char_boundary(5)
                && line.to_ascii_uppercase().starts_with("FREQ=") =>
            {
                ("RRULE", line)
            }
            None => return Err(RuleError::invalid(line, line, "it has no value")),
        };
        let mut head = head.split(';');
        let name = head.next().unwrap_or_default().to_ascii_uppercase();
        match name.as_str() {
            "RRULE" if self.rule.is_some() => {
                Err(RuleError::unsupported("RRULE", "a series has one rule, here are several"))
            }
            "RRULE" => {
                self.rule = Some(Rule::parse(value)?);
                Ok(())
            }
            "EXDATE" => read_times(&name, head, value, &mut self.exdates),
            "RDATE" => read_times(&name, head, value, &mut self.rdates),
            "EXRULE" => Err(RuleError::unsupported("EXRULE", "RFC 5545 has withdrawn it")),
            _ => Err(RuleError::unsupported(&name, "it is no line of a recurrence")),
        }
    }
}

impl LineTime {
    /// The start this stands for in a series; none past the end of the calendar.
    #[must_use]
    pub fn start(&self, anchor: &Anchor) -> Option<Timestamp> {
        match (self, anchor) {
            (Self::Instant(start), _) | (Self::Zoned { start, .. }, Anchor::Zoned { .. }) => Some(*start),
            (Self::Zoned { local, .. }, Anchor::Date(_)) => anchor.start_on(local.date()),
            (Self::Date(date), _) => anchor.start_on(*date),
            (Self::Local(local), Anchor::Zoned { zone, .. }) => zone.to_timestamp(*local).ok(),
            (Self::Local(local), Anchor::Date(_)) => anchor.start_on(local.date()),
        }
    }

    /// The date of the occurrence that starts then, if the series could have one.
    fn occurrence_date(&self, anchor: &Anchor) -> Option<Date> {
        let date = match self {
            Self::Date(date) => return Some(*date),
            Self::Local(local) => local.date(),
            Self::Zoned { local, .. } if anchor.is_all_day() => local.date(),
            Self::Instant(start) | Self::Zoned { start, .. } => anchor.date_of(*start),
        };
        let same = anchor.is_all_day() || anchor.start_on(date) == self.start(anchor);
        same.then_some(date)
    }
}

fn read_times<'a>(
    name: &str,
    parameters: impl Iterator<Item = &'a str>,
    value: &str,
    into: &mut Vec<LineTime>,
) -> Result<(), RuleError> {
    let mut zone = None;
    for parameter in parameters {
        let (key, setting) = parameter.split_once('=').unwrap_or((parameter, ""));
        let setting = setting.trim_matches('"');
        match key.to_ascii_uppercase().as_str() {
            "TZID" => zone = Some(setting),
            "VALUE" if setting.eq_ignore_ascii_case("PERIOD") => {
                return Err(RuleError::unsupported(
                    name,
                    "its entries are periods with lengths of their own",
                ));
            }
            _ => {}
        }
    }
    let zone = zone
        .map(zones::resolve)
        .transpose()
        .map_err(|unknown| RuleError::unsupported(name, &unknown.to_string()))?;
    for entry in value.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        if into.len() == MAX_DATES {
            return Err(RuleError::invalid(name, value, "it has more than 10,000 dates"));
        }
        let time = read_time(entry, zone.as_ref());
        into.push(time.ok_or_else(|| RuleError::invalid(name, entry, "it is neither a date nor a time"))?);
    }
    Ok(())
}

fn read_time(entry: &str, zone: Option<&zones::Zone>) -> Option<LineTime> {
    if let Some(utc) = entry.strip_suffix(['Z', 'z']) {
        return basic_date_time(utc).and_then(utc_instant).map(LineTime::Instant);
    }
    if let Some(date) = basic_date(entry) {
        return Some(LineTime::Date(date));
    }
    let local = basic_date_time(entry)?;
    match zone {
        Some(zone) => zone.tz.to_timestamp(local).ok().map(|start| LineTime::Zoned { local, start }),
        None => Some(LineTime::Local(local)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_the_form_they_have() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let local = |text: &str| text.parse::<DateTime>().unwrap();
        for (line, expected) in [
            ("EXDATE:20270104T080000Z", LineTime::Instant(at("2027-01-04T08:00Z"))),
            ("EXDATE;VALUE=DATE:20270104", LineTime::Date(Date::constant(2027, 1, 4))),
            ("EXDATE:20270104T090000", LineTime::Local(local("2027-01-04T09:00"))),
            (
                "exdate;tzid=\"W. Europe Standard Time\":20270104T090000",
                LineTime::Zoned { local: local("2027-01-04T09:00"), start: at("2027-01-04T08:00Z") },
            ),
        ] {
            assert_eq!(RuleLines::parse(&[line]).unwrap().exdates, [expected], "{line}");
        }
        let several = RuleLines::parse(&["RDATE;VALUE=DATE:20270104,20270105", "", "FREQ=DAILY"]).unwrap();
        assert_eq!((several.rdates.len(), several.rule.is_some(), several.verbatim.len()), (2, true, 3));
    }

    #[test]
    fn midnights_of_all_day_series_are_dates() {
        let lines = RuleLines::parse(&["EXDATE;TZID=Europe/Berlin:20270104T000000"]).unwrap();
        let anchor = Anchor::Date(Date::constant(2027, 1, 1));
        assert_eq!(lines.cancelled_dates(&anchor), [Date::constant(2027, 1, 4)]);
    }

    #[test]
    fn what_cannot_be_expanded_is_named() {
        for (lines, expected) in [
            (&["RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"][..], "RRULE"),
            (&["EXRULE:FREQ=DAILY"], "EXRULE"),
            (&["RDATE;VALUE=PERIOD:20270104T080000Z/PT1H"], "RDATE"),
            (&["EXDATE;TZID=tzone://Microsoft/Custom:20270104T080000"], "EXDATE"),
            (&["DTSTART:20270104T080000Z"], "DTSTART"),
        ] {
            let Err(RuleError::Unsupported { part, .. }) = RuleLines::parse(lines) else {
                panic!("{lines:?} is supported");
            };
            assert_eq!(part, expected);
        }
        for line in ["EXDATE:20271301", "EXDATE:yesterday", "no colon", "RRULE:FREQ=DAILY;COUNT=0"] {
            assert!(matches!(RuleLines::parse(&[line]), Err(RuleError::Invalid { .. })), "{line}");
        }
    }
}
