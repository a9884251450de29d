//! How items belong to a series: the rule of a master, the cancelled dates, the date an exception replaces.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use recurrence::graph::{PatternedRecurrence, to_rule};
use serde_json::Value;
use sync::remote::RemoteRecurrence;

use super::translate::Defect;
use super::when;
use super::wire::Event;

/// The rule as RRULE when it has such a form, and always Graph's own.
pub(super) fn recurrence(wire: &Event) -> Result<RemoteRecurrence, Defect> {
    let missing = || Defect::new("no_recurrence", "it is a series without a rule".to_owned());
    let original = wire.recurrence.clone().filter(Value::is_object).ok_or_else(missing)?;
    let (meant, all_day) = (when::meant(wire), wire.is_all_day.unwrap_or(false));
    // Read in UTC for want of its zone, a timed series would fall on other hours and even other days.
    let can_expand = all_day || !meant.is_unknown();
    let lines = if can_expand { lines(&original, &meant.tz(), all_day) } else { Vec::new() };
    let cancelled = wire.cancelled_occurrences.as_deref().and_then(cancelled_dates);
    Ok(RemoteRecurrence { lines, original, cancelled })
}

fn lines(original: &Value, zone: &TimeZone, all_day: bool) -> Vec<String> {
    let pattern = serde_json::from_value::<PatternedRecurrence>(original.clone());
    let rule = pattern.ok().and_then(|pattern| to_rule(&pattern, zone, all_day).ok());
    rule.map(|rule| format!("RRULE:{rule}")).into_iter().collect()
}

/// The dates of `OID.{master}.{date}` marks. One that cannot be read makes the whole list unknown: leaving it out
/// would bring a cancelled occurrence back.
fn cancelled_dates(marks: &[String]) -> Option<Vec<Date>> {
    let mut dates = marks.iter().map(|mark| date_of_mark(mark)).collect::<Option<Vec<_>>>()?;
    dates.sort_unstable();
    dates.dedup();
    Some(dates)
}

fn date_of_mark(mark: &str) -> Option<Date> {
    let (_, date) = mark.strip_prefix("OID.")?.rsplit_once('.')?;
    date.parse().ok()
}

/// The date on which the rule had put an exception: from its mark (the only place in a delta read), else from
/// `originalStart` (the only place in a read by id).
pub(super) fn original_date(wire: &Event) -> Result<Date, Defect> {
    if let Some(date) = wire.occurrence_id.as_deref().and_then(date_of_mark) {
        return Ok(date);
    }
    let missing =
        || Defect::new("no_original_date", "it does not say which occurrence it replaces".to_owned());
    let instant: Timestamp =
        wire.original_start.as_deref().and_then(|text| text.parse().ok()).ok_or_else(missing)?;
    let in_utc = TimeZone::UTC.to_datetime(instant);
    // Whole days are told as midnight UTC by some mailboxes and as midnight of their zone by others.
    if wire.is_all_day.unwrap_or(false) && in_utc.time() == Time::midnight() {
        return Ok(in_utc.date());
    }
    Ok(when::meant(wire).tz().to_datetime(instant).date())
}

/// The master that an occurrence or exception names.
pub(super) fn master_id(wire: &Event) -> Result<String, Defect> {
    let id = wire.series_master_id.clone().filter(|id| !id.is_empty());
    id.ok_or_else(|| Defect::new("no_master", "it belongs to a series but does not name it".to_owned()))
}
