//! Changing a calendar. Of one from Outlook the name stays Outlook's; the rest is ours.

use model::Id;
use model::documents::Calendar;
use model::validate::FieldError;
use serde_json::{Map, Value};
use store::Batch;

use crate::records::access::{changeable, expect_revision};
use crate::records::{input, keep};
use crate::{App, AppError, Caller, Notice};

const WRITABLE: &[&str] = &["name", "color", "is_active", "sync_enabled"];

/// Applies a JSON merge patch: `name`, `color`, `is_active`, `sync_enabled`. `shared_fields_read_only` for the name of
/// a calendar from Outlook, which the next sync would take back.
pub async fn patch(
    app: &App,
    caller: &Caller,
    id: Id,
    change: &Map<String, Value>,
    expected: Option<i64>,
) -> Result<Calendar, AppError> {
    let before: Calendar = changeable(app, caller, id).await?;
    expect_revision(&before, expected)?;
    let after = input::patched(&before, change, WRITABLE)?;
    named(&after)?;
    if before.outlook_calendar_id.is_some() && after.name != before.name {
        let message = "The name of a calendar from Outlook is changed in Outlook.";
        let errors = vec![FieldError::new("name", message)];
        return Err(AppError::Invalid { code: "shared_fields_read_only", errors });
    }
    let after = keep::replace(app, caller, "calendar.updated", before, after, Batch::new()).await?;
    app.hub().publish(after.user_id, Notice::CalendarChanged { calendar_id: after.id });
    Ok(after)
}

/// A calendar without a name cannot be told from others.
pub(super) fn named(calendar: &Calendar) -> Result<(), AppError> {
    if calendar.name.trim().is_empty() {
        return Err(AppError::field("name", "A name is wanted."));
    }
    Ok(())
}
