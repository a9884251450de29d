//! Deleting an event made here: the first time it is removed and can be recovered, a removed one goes for good.

use jiff::Timestamp;
use model::documents::Event;
use store::{Batch, TypedStore};

use super::get::{Found, archived, find};
use super::outlook;
use super::save::{self, Change};
use crate::records::access::expect_revision;
use crate::records::changes::until_no_race;
use crate::records::occurrences::EventRef;
use crate::{App, AppError, Caller};

/// Deletes an event, a whole series with its exceptions, or one occurrence (which its series then leaves out).
///
/// What is live is removed and can be recovered; what was removed already is destroyed. `outlook_read_only` for an
/// event that is in Outlook, `event_archived` for one in the archive.
pub async fn delete(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<(), AppError> {
    until_no_race("event", || attempt(app, caller, target, expected)).await
}

async fn attempt(
    app: &App,
    caller: &Caller,
    target: EventRef,
    expected: Option<i64>,
) -> Result<(), AppError> {
    let changes = match find(app, caller, target).await? {
        Found::Computed(expansion, occurrence) => {
            let master = expansion.master();
            expect_revision(master, expected)?;
            outlook::refuse(app, master).await?;
            vec![called_off(master.clone(), &occurrence.date.to_string())]
        }
        Found::Stored(event) => {
            expect_revision(&*event, expected)?;
            outlook::refuse(app, &event).await?;
            stored(app, *event).await?
        }
        Found::Archived(_) => return Err(archived()),
    };
    save::commit(app, caller, changes, Batch::new()).await?;
    Ok(())
}

async fn stored(app: &App, event: Event) -> Result<Vec<Change>, AppError> {
    let exceptions = if event.is_recurring { save::exceptions(app, event.id).await? } else { Vec::new() };
    if event.removed_at.is_some() {
        return Ok(exceptions.into_iter().chain([event]).map(Change::destroy).collect());
    }
    let mut changes = Vec::new();
    if let (Some(master), Some(date)) = (event.recurrence_master_id, event.original_date.as_deref()) {
        // Without its exception the rule would put the occurrence back.
        let master: Option<Event> = app.store().read(master).await?;
        changes.extend(master.map(|master| called_off(master, date)));
    }
    let live = exceptions.into_iter().filter(|exception| exception.removed_at.is_none());
    // One instant for all, so that they come back together.
    let now = app.now();
    changes.extend(std::iter::once(event).chain(live).map(|event| removed(event, now)));
    Ok(changes)
}

fn removed(before: Event, now: Timestamp) -> Change {
    let mut after = before.clone();
    after.removed_at = Some(now);
    after.derive();
    Change::called("event.removed", before, after)
}

fn called_off(master: Event, date: &str) -> Change {
    let mut after = master.clone();
    if let Err(place) = after.cancelled_occurrences.binary_search_by(|known| known.as_str().cmp(date)) {
        after.cancelled_occurrences.insert(place, date.to_owned());
    }
    after.recurrence_until = Some(sync::local::recurrence_until(&after));
    after.derive();
    Change::called("event.occurrence_cancelled", master, after)
}
