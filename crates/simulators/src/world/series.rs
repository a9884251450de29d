//! The bridge to the crate `recurrence`: Graph's recurrence member, checked, completed and expanded.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};
use recurrence::graph::{self, PatternedRecurrence};
use recurrence::{Anchor, Series};
use serde_json::{Value, json};

use super::fields::Fields;
use super::item::{Instance, Item};
use super::refusal::Refusal;
use super::times::{self, Moment};

/// A recurrence: Graph's JSON with every member filled in, and its expansion.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    json: Value,
    series: Arc<Series>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl Pattern {
    /// Reads the `recurrence` member of an event that starts at `start`.
    pub(super) fn parse(value: &Value, start: &Moment) -> Result<Self, Refusal> {
        let json = completed(value, start)?;
        let begins = json.pointer("/range/startDate").and_then(Value::as_str).unwrap_or_default();
        if begins != start.civil.date().to_string() {
            return Err(Refusal::invalid_property());
        }
        let recurrence: PatternedRecurrence =
            serde_json::from_value(json.clone()).map_err(|_| Refusal::undeserializable())?;
        let zone = times::resolve(&start.zone).ok_or_else(|| Refusal::unknown_zone(&start.zone))?;
        // All-day series run on local midnights here: their dates are those of the zone.
        let rule = graph::to_rule(&recurrence, &zone, false).map_err(|_| Refusal::invalid_property())?;
        let anchor = Anchor::Zoned { local: start.civil, zone };
        let series = Series::new(&rule, anchor).map_err(|_| Refusal::invalid_property())?;
        Ok(Self { json, series: Arc::new(series) })
    }

    /// The same pattern for a series that now starts at `start`.
    pub(super) fn restarted(&self, start: &Moment) -> Result<Self, Refusal> {
        let mut json = self.json.clone();
        if let Some(date) = json.pointer_mut("/range/startDate") {
            *date = json!(start.civil.date().to_string());
        }
        if let Some(zone) = json.pointer_mut("/range/recurrenceTimeZone") {
            *zone = json!(start.zone);
        }
        Self::parse(&json, start)
    }

    /// What Graph answers.
    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// Local starts of the occurrences that may overlap the window, cancelled ones included.
    pub(super) fn days(&self, fields: &Fields, from: Timestamp, until: Timestamp) -> Vec<DateTime> {
        // A day more on both sides: lengths are wall-clock lengths, which DST stretches.
        let length =
            fields.end.at.duration_since(fields.start.at).saturating_add(SignedDuration::from_hours(24));
        let from = from.saturating_sub(length).unwrap_or(Timestamp::MIN);
        self.series
            .starts_between(from, until)
            .map(|slot| slot.date.to_datetime(fields.start.civil.time()))
            .collect()
    }

    /// The local start on one date, if the pattern has it.
    pub(super) fn day(&self, fields: &Fields, date: Date) -> Option<DateTime> {
        self.series.contains_date(date).then(|| date.to_datetime(fields.start.civil.time()))
    }

    /// Whether an occurrence ends after `from`.
    pub(super) fn continues_after(&self, fields: &Fields, from: Timestamp) -> bool {
        let length = fields.end.at.duration_since(fields.start.at);
        let from = from.saturating_sub(length).unwrap_or(Timestamp::MIN);
        self.series.starts_between(from, Timestamp::MAX).next().is_some()
    }

    /// The series' content on the day that starts at `start`.
    pub(super) fn instance(&self, fields: &Fields, start: DateTime) -> Option<Instance> {
        let start = Moment::new(start, &fields.start.zone)?;
        let end = if fields.start.zone == fields.end.zone {
            let length = fields.end.civil.duration_since(fields.start.civil);
            Moment::new(start.civil.checked_add(length).ok()?, &fields.end.zone)?
        } else {
            let at = start.at.checked_add(fields.end.at.duration_since(fields.start.at)).ok()?;
            let civil = at.to_zoned(times::resolve(&fields.end.zone)?).datetime();
            Moment { civil, zone: fields.end.zone.clone(), at }
        };
        let (date, original_start) = (start.civil.date(), start.at);
        Some(Instance {
            date,
            original_start,
            fields: Fields { start, end, ..fields.clone() },
            is_exception: false,
        })
    }

    /// The days on which the occurrences before and after `date` really lie.
    pub(super) fn neighbours(&self, item: &Item, date: Date) -> (Option<Date>, Option<Date>) {
        // Far enough for a yearly pattern with an interval of a few years.
        let reach = SignedDuration::from_hours(24 * 366 * 5);
        let Some(moment) =
            Moment::new(date.to_datetime(item.fields.start.civil.time()), &item.fields.start.zone)
        else {
            return (None, None);
        };
        let from = moment.at.saturating_sub(reach).unwrap_or(Timestamp::MIN);
        let until = moment.at.saturating_add(reach).unwrap_or(Timestamp::MAX);
        let all = item.instances(from, until);
        let day = |one: &Instance| one.fields.start.civil.date();
        let before = all.iter().rev().find(|one| one.date < date).map(day);
        let after = all.iter().find(|one| one.date > date).map(day);
        (before, after)
    }
}

/// The member as Graph answers it: unused parts as zeros and defaults.
fn completed(value: &Value, start: &Moment) -> Result<Value, Refusal> {
    let (pattern, range) = (part(value, "pattern")?, part(value, "range")?);
    let kind = text(pattern, "type", "")?;
    let number = |name: &str| match pattern.get(name) {
        None | Some(Value::Null) => Ok(0),
        Some(number) => number.as_i64().ok_or_else(Refusal::undeserializable),
    };
    let mut full = json!({
        "type": camel(&kind),
        "interval": number("interval")?,
        "month": number("month")?,
        "dayOfMonth": number("dayOfMonth")?,
        "firstDayOfWeek": text(pattern, "firstDayOfWeek", "sunday")?.to_ascii_lowercase(),
        "index": text(pattern, "index", "first")?.to_ascii_lowercase(),
    });
    if let (Some(days), Some(members)) =
        (pattern.get("daysOfWeek").and_then(Value::as_array), full.as_object_mut())
    {
        let days = days.iter().map(|day| day.as_str().map(str::to_ascii_lowercase));
        let days: Option<Vec<String>> = days.collect();
        let days = days.ok_or_else(Refusal::undeserializable)?;
        if !days.is_empty() {
            members.insert("daysOfWeek".to_owned(), json!(days));
        }
    }
    let kind = camel(&text(range, "type", "noEnd")?);
    let end_date = if kind == "endDate" { date(range, "endDate")? } else { "0001-01-01".to_owned() };
    let count = range.get("numberOfOccurrences").and_then(Value::as_i64).unwrap_or(0);
    Ok(json!({
        "pattern": full,
        "range": {
            "type": kind,
            "startDate": date(range, "startDate")?,
            "endDate": end_date,
            "recurrenceTimeZone": text(range, "recurrenceTimeZone", &start.zone)?,
            "numberOfOccurrences": if kind == "numbered" { count } else { 0 },
        },
    }))
}

fn part<'a>(value: &'a Value, name: &str) -> Result<&'a Value, Refusal> {
    value.get(name).filter(|part| part.is_object()).ok_or_else(Refusal::undeserializable)
}

fn text(value: &Value, name: &str, otherwise: &str) -> Result<String, Refusal> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(otherwise.to_owned()),
        Some(Value::String(text)) if text.is_empty() => Ok(otherwise.to_owned()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Refusal::undeserializable()),
    }
}

fn date(range: &Value, name: &str) -> Result<String, Refusal> {
    let date: Date = text(range, name, "")?.parse().map_err(|_| Refusal::undeserializable())?;
    Ok(date.to_string())
}

/// `Weekly` and `weekly` are both taken.
fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}
