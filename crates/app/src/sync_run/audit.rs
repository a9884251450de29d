//! The change log of what a provider changed: which event, which fields, from what to what.

use model::collections::EVENTS;
use model::documents::Event;
use serde_json::{Map, Value, json};
use store::Batch;

use crate::accounts::audit::Entry;
use crate::{App, AppError, Source};

/// An event was changed at the provider.
pub(super) fn updated(
    app: &App,
    batch: &mut Batch,
    before: &Event,
    after: &Event,
    fields: &[String],
) -> Result<(), AppError> {
    if fields.is_empty() {
        return Ok(());
    }
    let (before, after_value) = (as_value(before), as_value(after));
    let changes: Map<String, Value> = fields
        .iter()
        .filter(|field| {
            EVENTS.field(field).is_some_and(|field| field.exposure != model::schema::Exposure::Derived)
        })
        .map(|field| (field.clone(), json!({"before": before.get(field), "after": after_value.get(field)})))
        .collect();
    entry("event.updated", after).changes(Value::Object(changes)).add(app, batch)?;
    Ok(())
}

/// An event was deleted at the provider.
pub(super) fn removed(app: &App, batch: &mut Batch, event: &Event) -> Result<(), AppError> {
    let changes = json!({"title": {"before": event.title}, "start_time": {"before": event.start_time}});
    entry("event.removed", event).changes(changes).add(app, batch)?;
    Ok(())
}

fn entry(action: &'static str, event: &Event) -> Entry {
    Entry::new(action, &EVENTS, event.id).about(event.user_id).from(Source::Outlook)
}

fn as_value(event: &Event) -> Value {
    serde_json::to_value(event).unwrap_or_default()
}
