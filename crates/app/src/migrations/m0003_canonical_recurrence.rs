//! 3, canonical recurrence: a series that has only the specification's simple pattern gets the exact rule that says the
//! same, and the end after which none of its occurrences is.
//!
//! A pattern that no rule can say is left as it is and marked as not lossless: it is shown, and can be set anew by hand.
//! Back: what the way forward would make again goes; a rule that says more than its pattern stays, since it would be lost.

use jiff::Timestamp;
use model::Id;
use model::collections::EVENTS;
use model::documents::Event;
use recurrence::simple::{SimplePattern, to_rule};

use super::m0002_occupied_intervals::derive;
use super::{Fields, Migration, Step, Trouble};

pub(super) static MIGRATION: Migration = Migration {
    number: 3,
    name: "canonical recurrence",
    steps: &[Step { collection: &EVENTS, up, down: Some(down) }],
    source: include_str!("m0003_canonical_recurrence.rs"),
    also: &[],
};

/// What the way forward makes.
const MADE: [&str; 3] = ["recurrence_rule", "recurrence_lossless", "recurrence_until"];

fn up(fields: &mut Fields) -> Result<(), Trouble> {
    if !fields.is_true("is_recurring")? {
        return Ok(());
    }
    let has_rule = fields.get::<Vec<String>>("recurrence_rule")?.is_some_and(|lines| !lines.is_empty());
    if has_rule && fields.has("recurrence_until") {
        return Ok(());
    }
    let mut series = series(fields)?;
    if !has_rule {
        let rule = fields.get::<SimplePattern>("recurrence_pattern").ok().flatten();
        let rule = rule.and_then(|pattern| to_rule(&pattern, &sync::local::anchor(&series)?).ok());
        if let Some(rule) = &rule {
            series.recurrence_rule = vec![format!("RRULE:{rule}")];
            fields.set("recurrence_rule", &series.recurrence_rule)?;
        }
        fields.set("recurrence_lossless", rule.is_some())?;
    }
    fields.set("recurrence_until", sync::local::recurrence_until(&series))?;
    derive(fields)
}

fn down(fields: &mut Fields) -> Result<(), Trouble> {
    if !MADE.iter().any(|name| fields.has(name)) {
        return Ok(());
    }
    let mut before = fields.clone();
    for name in MADE {
        before.take(name);
    }
    let mut again = before.clone();
    up(&mut again)?;
    let is_same = |name: &&str| fields.text(name) == again.text(name);
    if MADE.iter().all(is_same) {
        derive(&mut before)?;
        *fields = before;
    }
    Ok(())
}

/// As much of the series as its rule is worked out from.
fn series(fields: &Fields) -> Result<Event, Trouble> {
    let nobody = Id::from_bytes([0; 12]);
    let (start, end): (Timestamp, Timestamp) = (fields.need("start_time")?, fields.need("end_time")?);
    let mut event = Event::new(nobody, nobody, nobody, "", start, end);
    event.all_day = fields.is_true("all_day")?;
    event.time_zone = fields.get("time_zone")?.unwrap_or_else(|| "UTC".to_owned());
    event.is_recurring = true;
    event.teardown_end_time = fields.get("teardown_end_time")?;
    event.recurrence_rule = fields.get("recurrence_rule")?.unwrap_or_default();
    event.cancelled_occurrences = fields.get("cancelled_occurrences")?.unwrap_or_default();
    Ok(event)
}
