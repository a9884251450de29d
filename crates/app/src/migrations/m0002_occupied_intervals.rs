//! 2, occupied intervals: every event knows from when until when it takes its place, set-up and teardown included, and
//! the class of that span, by which a range search finds it.
//!
//! Derived from the event's own times. Back: the three fields go, since they can be had again.

use jiff::Timestamp;
use model::collections::EVENTS;
use model::documents::{SPAN_CLASS_REMOVED, span_class};

use super::{Fields, Migration, Step, Trouble};

pub(super) static MIGRATION: Migration = Migration {
    number: 2,
    name: "occupied intervals",
    steps: &[Step { collection: &EVENTS, up, down: Some(down) }],
    source: include_str!("m0002_occupied_intervals.rs"),
    also: &[],
};

fn up(fields: &mut Fields) -> Result<(), Trouble> {
    derive(fields)
}

fn down(fields: &mut Fields) -> Result<(), Trouble> {
    for name in ["occupied_from", "occupied_until", "span_class"] {
        fields.take(name);
    }
    Ok(())
}

/// Sets the interval and its class.
pub(super) fn derive(fields: &mut Fields) -> Result<(), Trouble> {
    let start: Timestamp = fields.need("start_time")?;
    let end: Timestamp = fields.need("end_time")?;
    let from = fields.get("setup_start_time")?.map_or(start, |setup: Timestamp| setup.min(start));
    let until = fields.get("teardown_end_time")?.map_or(end, |teardown: Timestamp| teardown.max(end));
    let is_series = fields.is_true("is_recurring")?;
    let last = if is_series { fields.get("recurrence_until")?.unwrap_or(Timestamp::MAX) } else { until };
    let class = span_class(is_series, last.duration_since(from));
    fields.set("occupied_from", from)?;
    fields.set("occupied_until", until)?;
    fields.set("span_class", if fields.has("removed_at") { SPAN_CLASS_REMOVED + class } else { class })
}
