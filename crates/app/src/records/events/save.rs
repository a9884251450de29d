//! Commits changes of events: documents, usage counts, audit entries, all or nothing; then tells open browsers.

use std::collections::BTreeSet;

use model::Id;
use model::collections::{CALENDARS, EVENTS};
use model::documents::{CategoryType, Event, Record};
use store::{Batch, Filter, TypedStore, cascade};

use crate::records::usage::Deltas;
use crate::records::{changes, names};
use crate::{App, AppError, Caller, Notice};

/// What happens to one event. Both sides are of one owner.
pub(super) struct Change {
    action: &'static str,
    before: Option<Event>,
    after: Option<Event>,
}

impl Change {
    pub(super) fn insert(event: Event) -> Self {
        Self { action: "event.created", before: None, after: Some(event) }
    }

    pub(super) fn update(before: Event, after: Event) -> Self {
        Self::called("event.updated", before, after)
    }

    pub(super) fn called(action: &'static str, before: Event, after: Event) -> Self {
        Self { action, before: Some(before), after: Some(after) }
    }

    /// The document goes for good, with all that belongs to it.
    pub(super) fn destroy(event: Event) -> Self {
        Self { action: "event.deleted", before: Some(event), after: None }
    }
}

/// Commits the changes, with what is in `batch` already, and answers the events as they are now.
pub(super) async fn commit(
    app: &App,
    caller: &Caller,
    changes: Vec<Change>,
    mut batch: Batch,
) -> Result<Vec<Event>, AppError> {
    require_calendars(&changes, &mut batch);
    let mut deltas = Deltas::default();
    let mut saved = Vec::with_capacity(changes.len());
    let mut notices = Vec::with_capacity(changes.len());
    for Change { action, before, mut after } in changes {
        if let Some(event) = &mut after {
            let first_revision = event.revision;
            event.last_modified_by = Some(caller.user_id);
            if before.is_none() {
                event.created_by = Some(caller.user_id);
                // An exception continues the revisions of its series, so that an ETag of the computed occurrence
                // never fits the document that takes its place.
                event.revision = 0;
                event.touch(app.now());
                event.revision += first_revision;
            } else {
                event.touch(app.now());
            }
        }
        match (&before, &after) {
            (None, Some(after)) => batch.insert(after)?,
            (Some(before), Some(after)) => batch.replace(after, before.revision)?,
            (Some(before), None) => {
                batch.require(&EVENTS, super::same_revision(before.id, before.revision));
                batch.writes.extend(cascade::deletions(&EVENTS, &[before.id]));
            }
            (None, None) => continue,
        }
        changes::audit(app, caller, action, before.as_ref(), after.as_ref(), &mut batch)?;
        deltas.add(before.as_ref(), after.as_ref());
        if let Some(event) = after.as_ref().or(before.as_ref()) {
            let notice = Notice::EventChanged { event_id: event.id, calendar_id: event.calendar_id };
            notices.push((event.user_id, notice));
        }
        saved.extend(after);
    }
    if let Some((owner, _)) = notices.first() {
        names::count(app, *owner, &deltas, CategoryType::Internal, &mut batch).await?;
    }
    app.store().commit(batch).await?;
    for (owner, notice) in notices {
        app.hub().publish(owner, notice);
    }
    Ok(saved)
}

/// What comes into a calendar needs it there, and not on its way out: a deletion takes all that it finds, and finds no
/// event that comes after it.
fn require_calendars(changes: &[Change], batch: &mut Batch) {
    let come = changes.iter().filter_map(|change| {
        let (before, after) = (change.before.as_ref(), change.after.as_ref()?);
        before.is_none_or(|before| before.calendar_id != after.calendar_id).then_some(after.calendar_id)
    });
    for id in come.collect::<BTreeSet<Id>>() {
        let alive = Filter::eq("_id", id).and(Filter::Exists("deletion_requested_at", false));
        batch.require(&CALENDARS, alive);
    }
}

/// All stored exceptions of a series.
pub(super) async fn exceptions(app: &App, master: Id) -> Result<Vec<Event>, AppError> {
    Ok(app.store().all(Filter::eq("recurrence_master_id", master)).await?)
}
