//! Which events may be gone: what pages reported or left out, and what a complete read did not meet.

use model::Id;
use model::collections::SYNC_LINKS;
use model::documents::{Event, SyncLink};
use store::{Filter, Query, TypedStore, Value};
use sync::plan::{Action, PagePlan};

use super::pages::PROVIDER;
use super::reading::Reading;
use crate::{App, AppError, archive};

/// Ids in one query.
const CHUNK: usize = 200;

/// The events that a page makes candidates for removal.
pub(super) fn of_page(plan: &PagePlan) -> impl Iterator<Item = &Event> {
    let reported = plan.actions.iter().filter_map(|action| match action {
        Action::Remove { event, warrant } if !warrant.is_certain() => Some(&**event),
        _ => None,
    });
    reported.chain(&plan.left_out)
}

/// Linked events that a complete read did not meet. An event that was linked after the read began is never absent.
pub(super) async fn absent(app: &App, reading: &Reading) -> Result<Vec<Event>, AppError> {
    if !reading.is_complete || reading.linked_before == 0 {
        return Ok(Vec::new());
    }
    let mine = Filter::eq("calendar_id", reading.calendar.id).and(Filter::eq("provider", PROVIDER));
    let (mut after, mut absent) = (None, Vec::new());
    loop {
        let query = Query::of(&SYNC_LINKS, mine.clone()).after(after);
        let (links, next): (Vec<SyncLink>, _) = app.store().list(query).await?;
        let unmet = links
            .into_iter()
            .filter(|link| link.created_at < reading.began_at && !reading.seen.has(&link.provider_item_id));
        let unmet: Vec<Id> = unmet.map(|link| link.event_id).collect();
        let mut events = read_events(app, &unmet).await?;
        // What lies outside of the window is not asked for, so it cannot be missed. Links of what is long over stay, so that
        // these can be most of all.
        events.retain(|event| {
            event.recurrence_until.unwrap_or(event.end_time) > reading.window.from
                && reading.ends_at().is_none_or(|until| event.start_time < until)
        });
        absent.append(&mut events);
        if next.is_none() {
            return Ok(absent);
        }
        after = next;
    }
}

/// The exceptions that only the house has of the series among these: they are nothing at the provider, so that nobody
/// reports them as gone, and they go with their series.
pub(super) async fn unlinked_exceptions(app: &App, events: &[Event]) -> Result<Vec<Event>, AppError> {
    let series = events.iter().filter(|event| event.is_recurring).map(|event| event.id);
    let mut exceptions = exceptions_of(app, series).await?;
    exceptions.retain(|event| event.outlook_event_id.is_none());
    Ok(exceptions)
}

/// All exceptions of these series, also those in the archive.
pub(super) async fn exceptions_of(
    app: &App,
    series: impl IntoIterator<Item = Id>,
) -> Result<Vec<Event>, AppError> {
    let series: Vec<Value> = series.into_iter().map(Value::Id).collect();
    let mut exceptions = Vec::new();
    for ids in series.chunks(CHUNK) {
        let found = archive::everywhere(app, Filter::In("recurrence_master_id", ids.to_vec())).await?;
        exceptions.extend(found.events);
    }
    Ok(exceptions)
}

/// Events by id, also those in the archive.
pub(super) async fn read_events(app: &App, ids: &[Id]) -> Result<Vec<Event>, AppError> {
    Ok(archive::by_id(app, ids).await?.events)
}
