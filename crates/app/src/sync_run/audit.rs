//! The change log of what a provider changed: which event, which fields, from what to what.
//!
//! A new event of a provider has no entry: undoing what became of it leads back to how it came.

use model::collections::EVENTS;
use model::documents::Event;
use serde_json::Value;
use store::Batch;

use crate::accounts::audit::Entry;
use crate::records::changes::field_changes;
use crate::{App, AppError, Source};

/// An event was changed at the provider, or followed its series there.
pub(super) fn updated(app: &App, batch: &mut Batch, before: &Event, after: &Event) -> Result<(), AppError> {
    told(app, batch, "event.updated", before, Some(after))
}

/// An event was deleted at the provider: `after` is what is kept of it, if anything.
pub(super) fn removed(
    app: &App,
    batch: &mut Batch,
    before: &Event,
    after: Option<&Event>,
) -> Result<(), AppError> {
    told(app, batch, "event.removed", before, after)
}

fn told(
    app: &App,
    batch: &mut Batch,
    action: &'static str,
    before: &Event,
    after: Option<&Event>,
) -> Result<(), AppError> {
    let changes = field_changes(Some(before), after)?;
    if !changes.is_empty() {
        let entry = Entry::new(action, &EVENTS, before.id).about(before.user_id).from(Source::Outlook);
        entry.changes(Value::Object(changes)).add(app, batch)?;
    }
    Ok(())
}
