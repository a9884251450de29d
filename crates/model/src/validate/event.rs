//! The rules between the fields of an event.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::FieldError;
use crate::documents::{Event, RecurrencePattern};

/// No event, set-up and teardown included, is longer than this: ten years.
const LONGEST: SignedDuration = SignedDuration::from_hours(3_653 * 24);

/// Everything about an event that breaks a rule between fields.
pub fn event(event: &Event) -> Vec<FieldError> {
    let mut errors = event_shared(event);
    errors.extend(event_internal(event));
    errors
}

/// The rules between fields that a provider knows too: times, whole days, recurrence.
pub fn event_shared(event: &Event) -> Vec<FieldError> {
    let mut errors = Vec::new();
    times(event, &mut errors);
    if event.all_day {
        whole_days(event, &mut errors);
    }
    series(event, &mut errors);
    if let Some(pattern) = &event.recurrence_pattern
        && event.recurrence_lossless != Some(false)
    {
        simple_pattern(event, pattern, &mut errors);
    }
    errors
}

/// The rules between the crew's times and the event: set-up before the start, teardown after the end. An edit at a
/// provider can break these without anybody here having done wrong.
pub fn event_internal(event: &Event) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut say = |field: &str, message: &str| errors.push(FieldError::new(field, message));

    match (event.setup_start_time, event.setup_end_time) {
        (None, Some(_)) => say("setup_start_time", "Set-up has an end but no start; say when it begins."),
        (Some(start), Some(end)) if end < start => {
            say("setup_end_time", "Set-up must not end before it begins.");
        }
        _ => {}
    }
    if event.setup_start_time.is_some_and(|setup| setup > event.start_time) {
        say("setup_start_time", "Set-up must begin before the event does.");
    } else if event.setup_end_time.is_some_and(|setup| setup > event.start_time) {
        say("setup_end_time", "Set-up must be over when the event begins.");
    }

    match (event.teardown_start_time, event.teardown_end_time) {
        (Some(_), None) => say("teardown_end_time", "Teardown has a start but no end; say when it is over."),
        (Some(start), Some(end)) if end < start => {
            say("teardown_end_time", "Teardown must not end before it begins.");
        }
        _ => {}
    }
    if event.teardown_end_time.is_some_and(|teardown| teardown < event.end_time) {
        say("teardown_end_time", "Teardown must end after the event does.");
    } else if event.teardown_start_time.is_some_and(|teardown| teardown < event.end_time) {
        say("teardown_start_time", "Teardown must not begin before the event is over.");
    }

    let from = event.setup_start_time.unwrap_or(event.start_time).min(event.start_time);
    let until = event.teardown_end_time.unwrap_or(event.end_time).max(event.end_time);
    let event_alone_fits = event.end_time.duration_since(event.start_time) <= LONGEST;
    if event_alone_fits && until.duration_since(from) > LONGEST {
        let field = if event.teardown_end_time.is_some() { "teardown_end_time" } else { "setup_start_time" };
        say(field, "From set-up to teardown no event may take longer than ten years.");
    }
    errors
}

fn times(event: &Event, errors: &mut Vec<FieldError>) {
    // Providers know events without duration; made here, they would be a slip of the hand.
    let from_provider = event.outlook_event_id.is_some()
        || event.google_event_id.is_some()
        || event.inherits_shared == Some(true);
    if event.end_time < event.start_time {
        errors.push(FieldError::new("end_time", "The end must not be before the start."));
    } else if event.end_time == event.start_time && !from_provider {
        errors.push(FieldError::new("end_time", "The end must be after the start."));
    } else if event.end_time.duration_since(event.start_time) > LONGEST {
        errors.push(FieldError::new("end_time", "No event may take longer than ten years."));
    }
}

fn whole_days(event: &Event, errors: &mut Vec<FieldError>) {
    for (field, instant) in [("start_time", event.start_time), ("end_time", event.end_time)] {
        if !is_midnight(instant) {
            errors.push(FieldError::new(field, "An all-day event begins and ends at midnight UTC."));
        }
    }
}

fn is_midnight(instant: Timestamp) -> bool {
    instant.as_millisecond().rem_euclid(86_400_000) == 0
}

fn series(event: &Event, errors: &mut Vec<FieldError>) {
    let mut say = |field: &str, message: &str| errors.push(FieldError::new(field, message));
    let has_rule = event.recurrence_pattern.is_some()
        || !event.recurrence_rule.is_empty()
        || event.recurrence_original.is_some();
    if event.is_recurring && !has_rule {
        say("recurrence_pattern", "A series needs a rule that says how it repeats.");
    }
    if !event.is_recurring {
        if event.recurrence_pattern.is_some() {
            say("recurrence_pattern", "Only a series has a rule; is_recurring is false.");
        }
        if !event.recurrence_rule.is_empty() {
            say("recurrence_rule", "Only a series has a rule; is_recurring is false.");
        }
        if !event.cancelled_occurrences.is_empty() {
            say("cancelled_occurrences", "Only a series has occurrences to call off; is_recurring is false.");
        }
    }
    if event.recurrence_master_id.is_some() {
        if event.is_recurring {
            say("recurrence_master_id", "An exception of a series cannot be a series itself.");
        }
        if event.recurrence_master_id == Some(event.id) {
            say("recurrence_master_id", "An event cannot be an exception of itself.");
        }
        if event.original_date.is_none() && event.original_start.is_none() {
            say("original_start", "An exception says which occurrence of the series it stands for.");
        }
    }
    if event.original_date.as_deref().is_some_and(|date| !is_date(date)) {
        say("original_date", "A date such as 2026-11-23 is wanted.");
    }
    for (index, _) in event.cancelled_occurrences.iter().enumerate().filter(|(_, date)| !is_date(date)) {
        say(&format!("cancelled_occurrences[{index}]"), "A date such as 2026-11-23 is wanted.");
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn simple_pattern(event: &Event, pattern: &RecurrencePattern, errors: &mut Vec<FieldError>) {
    let mut say = |field: &str, message: &str| {
        errors.push(FieldError::new(format!("recurrence_pattern.{field}"), message));
    };
    if pattern.end_date.is_some() && pattern.occurrence_count.is_some() {
        say("occurrence_count", "A series ends on a date or after a number of occurrences, not both.");
    }
    if pattern.end_date.is_some_and(|end| ends_before_start(event, end)) {
        say("end_date", "The series must not end before its first day.");
    }
    if pattern.kind != "weekly" && !pattern.days_of_week.is_empty() {
        say("days_of_week", "Days of the week belong to a weekly series.");
    }
    let mut days: Vec<&String> = pattern.days_of_week.iter().collect();
    days.sort_unstable();
    days.dedup();
    if days.len() != pattern.days_of_week.len() {
        say("days_of_week", "Each day of the week is named once.");
    }
    if !matches!(pattern.kind.as_str(), "monthly" | "yearly") && pattern.day_of_month.is_some() {
        say("day_of_month", "A day of the month belongs to a monthly or yearly series.");
    }
}

/// Compared by day in the event's zone: an end date means that whole day.
fn ends_before_start(event: &Event, end: Timestamp) -> bool {
    let zone = if event.all_day { "UTC" } else { event.time_zone.as_str() };
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let start = event.start_time.to_zoned(zone.clone()).date();
    // The end may be written as midnight UTC of its day or as an instant in the zone; the later reading counts.
    let end = end.to_zoned(zone).date().max(end.to_zoned(TimeZone::UTC).date());
    end < start
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
