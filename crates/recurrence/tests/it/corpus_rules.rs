//! The bare rules of other libraries' tables (`rules.jsonl`) with their instances or their refusal.

use jiff::tz::TimeZone;
use recurrence::{Anchor, End, Rule, RuleError, Series};
use serde_json::Value;

use crate::corpus::{Ledger, Trouble, folder, json_lines};

/// Lines checked so far; it may only grow.
const AT_LEAST: usize = 115;

/// The sources differ among themselves on these; this crate does what its documentation says.
fn disputed(rule: &str) -> Option<&'static str> {
    if rule.contains("YEARLY") && rule.contains("BYMONTHDAY") && !rule.contains("BYMONTH=") {
        return Some("yearly days of the month without a month: of every month, or of the start's");
    }
    let zero = ["=0", ",0"]
        .iter()
        .any(|zero| rule.contains(&format!("{zero}MO")) || rule.contains(&format!("{zero}SA")));
    zero.then_some("an ordinal of 0 is refused, or passed over")
}

fn anchor(text: &str) -> Anchor {
    let utc = text.strip_suffix('Z').unwrap_or(text);
    match utc.len() {
        8 => Anchor::Date(utc.parse().unwrap()),
        _ => Anchor::Zoned { local: utc.parse().unwrap(), zone: TimeZone::UTC },
    }
}

fn instances(series: &Series, most: usize) -> Vec<String> {
    let format = if series.anchor().is_all_day() { "%Y%m%d" } else { "%Y%m%dT%H%M%S" };
    let text = |at| TimeZone::UTC.to_datetime(at).strftime(format).to_string();
    series.iter().take(most).map(|slot| text(slot.start)).collect()
}

#[test]
fn the_rules_of_other_libraries() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("rules.jsonl")).unwrap();
    let mut ledger = Ledger::default();
    for line in json_lines(&text) {
        let rule = line["rrule"].as_str().unwrap();
        let start = line["dtstart"].as_str().unwrap_or("20270101");
        ledger.enter(&format!("{rule} from {start}"), check(rule, start, &line), disputed(rule));
    }
    ledger.close(AT_LEAST);
}

fn check(rule: &str, start: &str, line: &Value) -> Result<(), Trouble> {
    let parsed = Rule::parse(rule).and_then(|rule| Ok((Series::new(&rule, anchor(start))?, rule)));
    let Some(expected) = line["instances"].as_array() else {
        // "No result" is a refusal there. Here an endless series is one, and what cannot be gives next to nothing.
        let nothing =
            parsed.is_ok_and(|(series, rule)| rule.end != End::Never && series.iter().nth(2).is_some());
        return if nothing { Err(Trouble::Wrong("should give nothing".to_owned())) } else { Ok(()) };
    };
    let (series, rule) = parsed.map_err(|error| match error {
        RuleError::Unsupported { part, .. } => Trouble::Aside(format!("unsupported {part}")),
        RuleError::Invalid { .. } => Trouble::Wrong(error.to_string()),
    })?;
    let bare = |text: &Value| text.as_str().unwrap_or_default().trim_end_matches('Z').to_owned();
    let expected: Vec<String> = expected.iter().map(bare).collect();
    let from = bare(&line["from"]);
    let endless = rule.end == End::Never;
    let mut found = instances(&series, if endless { 5_000 } else { usize::MAX });
    found.retain(|at| *at >= from);
    if endless {
        found.truncate(expected.len());
    }
    match found == expected {
        true => Ok(()),
        false => Err(Trouble::Wrong(format!("\n  theirs {expected:?}\n  ours   {found:?}"))),
    }
}
