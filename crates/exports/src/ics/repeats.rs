//! How a series repeats: RRULE, RDATE, EXDATE (RFC 5545 3.8.5), in the terms of its start.

use jiff::civil::Date;
use recurrence::{Anchor, End, Rule, RuleLines, Series, Slot, Until};

use super::event::{Clock, Shared};

/// The recurrence of a series.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    /// Where the rule puts the first occurrence, called off or not: readers take DTSTART for one. `None` when the rule is
    /// one that is kept but not understood; then the series starts where it says.
    pub(super) first: Option<Slot>,
    /// RRULE, RDATE and EXDATE.
    pub(super) lines: Vec<String>,
}

impl Repeats {
    /// The recurrence of this master, without the dates that were called off or on which something else stands.
    pub(super) fn of(event: &Shared<'_>, clock: Clock<'_>, stood_in: &[Date]) -> Self {
        let local = clock.local(event.start_time);
        let anchor = match clock {
            Clock::Dates => Anchor::Date(local.date()),
            _ => Anchor::Zoned { local, zone: clock.zone() },
        };
        let mut called_off: Vec<Date> =
            event.cancelled_occurrences.iter().filter_map(|date| date.parse().ok()).collect();
        called_off.extend(stood_in);
        let mut repeats = Self::default();
        match understood(&event.recurrence_rule) {
            Some((rule, lines)) => {
                let series = Series::new(&rule, anchor.clone()).ok();
                repeats.first = series.and_then(|series| series.iter().next());
                if repeats.first.is_none() {
                    // A rule that gives nothing: not even the start is an occurrence.
                    called_off.push(local.date());
                }
                repeats.lines.push(format!("RRULE:{}", in_terms_of(rule, &anchor)));
                let added = lines.rdates.iter().filter_map(|time| time.start(&anchor));
                repeats.lines.extend(added.map(|start| clock.instant("RDATE", start)));
                called_off.extend(lines.cancelled_dates(&anchor));
            }
            None => repeats.lines.extend(event.recurrence_rule.iter().filter(is_line).cloned()),
        }
        called_off.sort_unstable();
        called_off.dedup();
        let on = |date: &Date| clock.wall_clock("EXDATE", date.to_datetime(local.time()));
        repeats.lines.extend(called_off.iter().map(on));
        repeats
    }
}

/// The rule, and what else the lines say; of lines that are not understood as a whole only the rule counts, as
/// everywhere.
fn understood(lines: &[String]) -> Option<(Rule, RuleLines)> {
    if let Ok(read) = RuleLines::parse(lines)
        && let Some(rule) = read.rule.clone()
    {
        return Some((rule, read));
    }
    let rule = lines.iter().find_map(|line| Rule::parse(line).ok())?;
    Some((rule, RuleLines::default()))
}

/// The rule with its UNTIL as the RFC wants it: a date for whole days, else an instant.
fn in_terms_of(rule: Rule, anchor: &Anchor) -> Rule {
    let until = match (rule.end, anchor) {
        (End::Until(Until::Instant(instant)), Anchor::Date(_)) => Until::Date(anchor.date_of(instant)),
        (End::Until(Until::Local(local)), Anchor::Date(_)) => Until::Date(local.date()),
        (End::Until(Until::Date(date)), Anchor::Zoned { zone, .. }) => {
            match zone.to_timestamp(date.at(23, 59, 59, 0)) {
                Ok(instant) => Until::Instant(instant),
                Err(_) => return rule,
            }
        }
        (End::Until(Until::Local(local)), Anchor::Zoned { zone, .. }) => match zone.to_timestamp(local) {
            Ok(instant) => Until::Instant(instant),
            Err(_) => return rule,
        },
        _ => return rule,
    };
    Rule { end: End::Until(until), ..rule }
}

/// Whether a line that we do not understand is at least one of a recurrence, and one line.
fn is_line(line: &&String) -> bool {
    let name = line.split([':', ';']).next().unwrap_or_default();
    matches!(name, "RRULE" | "RDATE" | "EXDATE") && line.contains(':') && !line.chars().any(char::is_control)
}
