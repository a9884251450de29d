//! Deleting a calendar with all that is in it. Only here: nothing is deleted at Outlook or Google.

use model::Id;
use model::documents::Calendar;
use store::Batch;

use crate::cascades::{self, Parent};
use crate::records::access::{changeable, expect_revision};
use crate::records::changes::{audit, until_no_race};
use crate::{App, AppError, Caller, Notice};

/// Deletes the calendar, its events, and what sync remembers of them; usage counts go down by as much. A calendar with
/// very many goes step by step; what was begun goes on after a crash. A calendar from Outlook comes back with the next look at Outlook's list, empty of internal fields: switch it
/// off (`is_active`) instead to keep it away.
pub async fn delete(app: &App, caller: &Caller, id: Id, expected: Option<i64>) -> Result<(), AppError> {
    until_no_race("calendar", || attempt(app, caller, id, expected)).await
}

async fn attempt(app: &App, caller: &Caller, id: Id, expected: Option<i64>) -> Result<(), AppError> {
    let calendar: Calendar = changeable(app, caller, id).await?;
    let parent = Parent::calendar(id, calendar.user_id);
    // The mark itself has raised the revision: whoever asks again means what was decided.
    if calendar.deletion_requested_at.is_some() {
        return cascades::finish_in_any_case(app, parent, cascades::nobody()).await;
    }
    expect_revision(&calendar, expected)?;
    let mut decided = Batch::new();
    audit(app, caller, "calendar.deleted", Some(&calendar), None, &mut decided)?;
    cascades::delete(app, parent, calendar.revision, decided, Batch::new(), cascades::nobody()).await?;
    app.hub().publish(calendar.user_id, Notice::CalendarChanged { calendar_id: id });
    Ok(())
}
