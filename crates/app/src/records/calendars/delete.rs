//! Deleting a calendar with all that is in it. Only here: nothing is deleted at Outlook or Google.

use model::Id;
use model::collections::{CALENDARS, EVENTS};
use model::documents::{Calendar, CategoryType, Event};
use store::{Batch, Filter, Query, TypedStore, cascade};

use crate::records::access::{changeable, expect_revision};
use crate::records::changes::{ATTEMPTS, audit, gave_up, is_race};
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError, Caller, Notice};

/// Deletes the calendar, its events, and what sync remembers of them; usage counts go down by as much, in the same
/// commit. A calendar from Outlook comes back with the next look at Outlook's list, empty of internal fields: switch it
/// off (`is_active`) instead to keep it away.
pub async fn delete(app: &App, caller: &Caller, id: Id, expected: Option<i64>) -> Result<(), AppError> {
    for _ in 0..ATTEMPTS {
        match attempt(app, caller, id, expected).await {
            Err(error) if is_race(&error) => {}
            outcome => return outcome,
        }
    }
    Err(gave_up("calendar"))
}

async fn attempt(app: &App, caller: &Caller, id: Id, expected: Option<i64>) -> Result<(), AppError> {
    let calendar: Calendar = changeable(app, caller, id).await?;
    expect_revision(&calendar, expected)?;
    let mut deltas = Deltas::default();
    let mut after = None;
    loop {
        let query = Query::of(&EVENTS, Filter::eq("calendar_id", id)).after(after);
        let (events, next): (Vec<Event>, _) = app.store().list(query).await?;
        events.iter().for_each(|event| deltas.add(Some(event), None));
        if next.is_none() {
            break;
        }
        after = next;
    }
    let mut batch = Batch::new();
    let same = Filter::eq("_id", id).and(Filter::eq("revision", calendar.revision));
    batch.require(&CALENDARS, same);
    names::count(app, calendar.user_id, &deltas, CategoryType::Internal, &mut batch).await?;
    batch.writes.extend(cascade::deletions(&CALENDARS, &[id]));
    audit(app, caller, "calendar.deleted", Some(&calendar), None, &mut batch)?;
    app.store().commit(batch).await?;
    app.hub().publish(calendar.user_id, Notice::CalendarChanged { calendar_id: id });
    Ok(())
}
