//! Brings the fields of a changed event into agreement with each other, then checks the rules between them.

use model::collections::EVENTS;
use model::documents::Event;
use model::validate::{FieldError, document, event as rules};
use recurrence::simple::{SimplePattern, from_rule, to_rule};
use recurrence::{Rule, RuleError};
use serde_json::{Map, Value};

use crate::AppError;
use crate::records::changes::record_of;
use crate::records::merge_patch;

/// Applies a checked change in stored form to a stored object, and settles the result.
pub(super) fn settled(before: &Map<String, Value>, change: &Map<String, Value>) -> Result<Event, AppError> {
    let mut after = before.clone();
    // A pattern was merged already; it replaces the old one as a whole.
    if change.contains_key("recurrence_pattern") {
        after.remove("recurrence_pattern");
    }
    merge_patch::apply(&mut after, change);
    AppError::check(document(&EVENTS, &Value::Object(after.clone())))?;
    let mut event: Event = record_of(after)?;
    categories(&mut event, change)?;
    recurrence(&mut event, change)?;
    if change.keys().any(|name| !super::is_internal(name)) {
        event.inherits_shared = None;
    }
    event.derive();
    AppError::check(rules(&event))?;
    Ok(event)
}

/// `category` is the first of `categories`, whichever of them was given.
fn categories(event: &mut Event, change: &Map<String, Value>) -> Result<(), AppError> {
    match (change.contains_key("category"), change.contains_key("categories")) {
        (false, false) => {}
        (false, true) => event.category = event.categories.first().cloned(),
        (true, false) => {
            let rest: Vec<String> = event.categories.drain(..).skip(1).collect();
            event.categories.extend(event.category.clone());
            let first = event.category.clone();
            if first.is_some() {
                event.categories.extend(rest.into_iter().filter(|name| Some(name) != first.as_ref()));
            }
        }
        (true, true) if event.category.as_ref() == event.categories.first() => {}
        (true, true) => {
            return Err(AppError::field(
                "category",
                "It is the first of categories; give one of the two, or the same.",
            ));
        }
    }
    Ok(())
}

/// What the rule of a series hangs on. A change of nothing of it leaves the recurrence as it is, word for word:
/// a provider's rule may say more than ours, or begin on a day that it does not itself give.
const RULE_HANGS_ON: [&str; 5] =
    ["recurrence_rule", "recurrence_pattern", "start_time", "all_day", "time_zone"];

/// Rule and simple pattern say the same, whichever was given; derived fields of a series follow.
fn recurrence(event: &mut Event, change: &Map<String, Value>) -> Result<(), AppError> {
    if RULE_HANGS_ON.iter().any(|name| change.contains_key(*name)) {
        rule_and_pattern(event, change)?;
    }
    event.recurrence_until = event.is_recurring.then(|| sync::local::recurrence_until(event));
    Ok(())
}

fn rule_and_pattern(event: &mut Event, change: &Map<String, Value>) -> Result<(), AppError> {
    let given = |name: &str| change.get(name).map(|value| !value.is_null());
    let rule = match (given("recurrence_rule"), given("recurrence_pattern")) {
        (Some(true), Some(true)) => {
            return Err(AppError::field("recurrence_pattern", "Give the rule or the pattern, not both."));
        }
        (Some(true), _) if !event.recurrence_rule.is_empty() => Some(rule_of_lines(event)?),
        (_, Some(true)) => Some(rule_of_pattern(event)?),
        (None, None) if event.is_recurring => {
            event.recurrence_rule.iter().find_map(|line| Rule::parse(line).ok())
        }
        (None, None) => None,
        _ => {
            single(event);
            None
        }
    };
    if let Some(rule) = rule {
        if event.recurrence_master_id.is_some() {
            let message = "One occurrence of a series cannot repeat by itself; change the series.";
            return Err(AppError::field("recurrence_pattern", message));
        }
        repeats_by(event, &rule, given("recurrence_pattern") == Some(true))?;
    }
    Ok(())
}

fn repeats_by(event: &mut Event, rule: &Rule, pattern_was_given: bool) -> Result<(), AppError> {
    event.is_recurring = true;
    event.recurrence_rule = vec![format!("RRULE:{rule}")];
    event.recurrence_original = None;
    let anchor =
        sync::local::anchor(event).ok_or_else(|| AppError::field("time_zone", "This zone is not known."))?;
    let simple = from_rule(rule, &anchor);
    event.recurrence_lossless = Some(pattern_was_given || simple.lossless);
    if !pattern_was_given {
        event.recurrence_pattern = Some(sync::local::pattern(&simple.pattern));
    }
    let series =
        recurrence::Series::new(rule, anchor.clone()).map_err(|error| refused("recurrence_rule", &error))?;
    if !series.contains_date(anchor.date()) {
        let message =
            "The series does not fall on this day; let it begin on a day of its rule, or change the rule.";
        return Err(AppError::field("start_time", message));
    }
    Ok(())
}

/// Makes an event the master of a series with this rule.
pub(in crate::records) fn make_series(event: &mut Event, rule: &Rule) -> Result<(), AppError> {
    repeats_by(event, rule, false)?;
    event.recurrence_until = Some(sync::local::recurrence_until(event));
    event.derive();
    Ok(())
}

fn rule_of_lines(event: &Event) -> Result<Rule, AppError> {
    match event.recurrence_rule.as_slice() {
        [line] => Rule::parse(line).map_err(|error| refused("recurrence_rule", &error)),
        _ => {
            Err(AppError::field("recurrence_rule", "One line is wanted, such as RRULE:FREQ=WEEKLY;BYDAY=MO."))
        }
    }
}

fn rule_of_pattern(event: &Event) -> Result<Rule, AppError> {
    let anchor =
        sync::local::anchor(event).ok_or_else(|| AppError::field("time_zone", "This zone is not known."))?;
    let pattern = serde_json::to_value(&event.recurrence_pattern).unwrap_or_default();
    let pattern: SimplePattern = serde_json::from_value(pattern)
        .map_err(|error| AppError::field("recurrence_pattern", error.to_string()))?;
    to_rule(&pattern, &anchor).map_err(|error| refused("recurrence_pattern", &error))
}

/// Which part of a rule is refused and why. The rule is the caller's own words.
fn refused(field: &str, error: &RuleError) -> AppError {
    let message = match error {
        RuleError::Invalid { part, reason, .. } => format!("{part}: {reason}."),
        RuleError::Unsupported { part, reason } => format!("{part} is not supported: {reason}."),
    };
    AppError::Invalid { code: "invalid_fields", errors: vec![FieldError::new(field, message)] }
}

fn single(event: &mut Event) {
    event.is_recurring = false;
    event.recurrence_pattern = None;
    event.recurrence_rule = Vec::new();
    event.recurrence_original = None;
    event.recurrence_lossless = None;
    event.cancelled_occurrences = Vec::new();
}
