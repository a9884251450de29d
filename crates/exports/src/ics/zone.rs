//! A time zone as VTIMEZONE (RFC 5545 3.6.5): its changes since 1970, those that come every year as a rule.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::event::utc_text;
use super::lines::Lines;
use crate::ExportError;

/// Changes up to this year are looked at; a rule that still holds then goes on.
const HORIZON: i16 = 2_100;

/// One change of a zone's offset.
#[derive(Debug, Clone)]
struct Change {
    at: Timestamp,
    /// The wall-clock time at which it comes, before it.
    local: DateTime,
    kind: Kind,
}

/// What changes of one kind have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kind {
    from: Offset,
    to: Offset,
    is_dst: bool,
    name: String,
}

/// Describes the zone.
pub(super) fn describe(name: &str, zone: &TimeZone, lines: &mut Lines<'_>) -> Result<(), ExportError> {
    lines.line("BEGIN:VTIMEZONE")?;
    lines.line(&format!("TZID:{name}"))?;
    let at_first = zone.to_offset_info(Timestamp::UNIX_EPOCH);
    let first = Change {
        at: Timestamp::UNIX_EPOCH,
        local: Date::constant(1970, 1, 1).at(0, 0, 0, 0),
        kind: Kind {
            from: at_first.offset(),
            to: at_first.offset(),
            is_dst: at_first.dst().is_dst(),
            name: at_first.abbreviation().to_owned(),
        },
    };
    observance(&Run::of(&first), lines)?;
    for run in runs(&changes(zone)) {
        observance(&run, lines)?;
    }
    lines.line("END:VTIMEZONE")
}

fn changes(zone: &TimeZone) -> Vec<Change> {
    let mut from = zone.to_offset(Timestamp::UNIX_EPOCH);
    let mut changes = Vec::new();
    for transition in zone.following(Timestamp::UNIX_EPOCH) {
        let local = from.to_datetime(transition.timestamp());
        if local.year() >= HORIZON {
            break;
        }
        let to = transition.offset();
        if from != to {
            let (is_dst, name) = (transition.dst().is_dst(), transition.abbreviation().to_owned());
            let kind = Kind { from, to, is_dst, name };
            changes.push(Change { at: transition.timestamp(), local, kind });
        }
        from = to;
    }
    changes
}

/// Changes of one kind in years that follow each other, on days that one rule gives.
#[derive(Debug)]
struct Run {
    first: Change,
    last: Change,
    /// The n-th such weekday of its month that all of them are: `2`, or `-1` for the last.
    ordinals: Vec<i8>,
}

impl Run {
    fn of(change: &Change) -> Self {
        Self { first: change.clone(), last: change.clone(), ordinals: ordinals(change.local.date()) }
    }

    /// Takes the change in, if it is the one that the next year's would be.
    fn take(&mut self, change: &Change) -> bool {
        let place = |change: &Change| {
            let local = change.local;
            (local.time(), local.month(), local.date().weekday(), change.kind.clone())
        };
        if change.local.year() != self.last.local.year() + 1 || place(change) != place(&self.last) {
            return false;
        }
        let theirs = ordinals(change.local.date());
        let common: Vec<i8> = self.ordinals.iter().copied().filter(|one| theirs.contains(one)).collect();
        if common.is_empty() {
            return false;
        }
        self.ordinals = common;
        self.last = change.clone();
        true
    }

    fn rule(&self) -> Option<String> {
        if self.first.local == self.last.local {
            return None;
        }
        let (month, day) = (self.first.local.month(), code(self.first.local.date().weekday()));
        let ordinal = self.ordinals.last()?;
        let mut rule = format!("RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={ordinal}{day}");
        if self.last.local.year() < HORIZON - 1 {
            // A day later means the same, and is right for readers too that take it for wall-clock time.
            let until = self.last.at.checked_add(SignedDuration::from_hours(24)).unwrap_or(self.last.at);
            rule += &format!(";UNTIL={}", utc_text(until));
        }
        Some(rule)
    }
}

fn runs(changes: &[Change]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for change in changes {
        if !runs.iter_mut().rev().any(|run| run.take(change)) {
            runs.push(Run::of(change));
        }
    }
    runs
}

fn ordinals(date: Date) -> Vec<i8> {
    let mut ordinals = vec![(date.day() - 1) / 7 + 1];
    if date.day() + 7 > date.days_in_month() {
        ordinals.push(-1);
    }
    ordinals
}

fn observance(run: &Run, lines: &mut Lines<'_>) -> Result<(), ExportError> {
    let Kind { from, to, is_dst, name } = &run.first.kind;
    let word = if *is_dst { "DAYLIGHT" } else { "STANDARD" };
    lines.line(&format!("BEGIN:{word}"))?;
    lines.line(&format!("DTSTART:{}", run.first.local.strftime("%Y%m%dT%H%M%S")))?;
    lines.line(&format!("TZOFFSETFROM:{}", offset(*from)))?;
    lines.line(&format!("TZOFFSETTO:{}", offset(*to)))?;
    lines.line(&format!("TZNAME:{name}"))?;
    if let Some(rule) = run.rule() {
        lines.line(&rule)?;
    }
    lines.line(&format!("END:{word}"))
}

/// `+0130`, with seconds where there are some (3.3.14).
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, all) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let (hours, minutes, rest) = (all / 3_600, all / 60 % 60, all % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}

fn code(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}
