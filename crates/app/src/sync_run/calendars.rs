//! The list of a person's calendars, taken over from the provider.

use std::collections::{HashMap, HashSet};

use model::Id;
use model::collections::USERS;
use model::documents::{Calendar, Record};
use providers::contract::ProviderError;
use store::{Batch, Filter, StoreError, TypedStore, Value};
use sync::remote::RemoteCalendar;

use super::run::ask;
use crate::connections::not_configured;
use crate::hub::Notice;
use crate::{App, AppError};

const DEFAULT_COLOR: &str = "#4f6bed";

/// Reads the person's calendars at Outlook: new ones appear, names and rights are taken over. One that is gone there
/// stays here with a word about it; nothing is deleted.
///
/// `calendar_taken` when another person has connected one of them here: it is left out, and the others were taken over.
pub async fn refresh_calendars(app: &App, user_id: Id) -> Result<(), AppError> {
    let provider = app.outlook().ok_or_else(not_configured)?.clone();
    let remote = ask(app, user_id, |token| {
        let provider = provider.clone();
        async move { provider.calendars(&token).await }
    })
    .await?;
    for attempt in 0.. {
        let here: Vec<Calendar> = app.store().all(Filter::eq("user_id", user_id)).await?;
        let others = of_others(app, user_id, &remote).await?;
        let (taken, free): (Vec<RemoteCalendar>, Vec<RemoteCalendar>) =
            remote.iter().cloned().partition(|calendar| others.contains(&calendar.id));
        let batch = changes(app, user_id, &free, here)?;
        if !batch.is_empty() {
            match app.store().commit(batch).await {
                Err(StoreError::RevisionMismatch { .. } | StoreError::Duplicate { .. }) if attempt < 3 => {
                    continue;
                }
                Err(StoreError::ConditionFailed { collection }) if collection == USERS.name => {
                    return Err(AppError::NotFound { what: "user" });
                }
                other => other?,
            }
            app.hub().publish(user_id, Notice::CalendarChanged { calendar_id: user_id });
        }
        return said(&taken);
    }
    Ok(())
}

/// Which of these calendars another person has connected here.
async fn of_others(app: &App, user_id: Id, remote: &[RemoteCalendar]) -> Result<HashSet<String>, AppError> {
    let ids = remote.iter().map(|calendar| Value::Text(calendar.id.clone())).collect();
    let found: Vec<Calendar> = app.store().all(Filter::In("outlook_calendar_id", ids)).await?;
    let others = found.into_iter().filter(|calendar| calendar.user_id != user_id);
    Ok(others.filter_map(|calendar| calendar.outlook_calendar_id).collect())
}

fn said(taken: &[RemoteCalendar]) -> Result<(), AppError> {
    if taken.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = taken.iter().map(|calendar| format!("\"{}\"", calendar.name)).collect();
    Err(AppError::Provider(ProviderError::GiveUp {
        code: "calendar_taken".to_owned(),
        message: format!(
            "{} is connected by another person here already and was left out; the other calendars are as in Outlook",
            names.join(", ")
        ),
    }))
}

fn changes(
    app: &App,
    user_id: Id,
    remote: &[RemoteCalendar],
    here: Vec<Calendar>,
) -> Result<Batch, AppError> {
    let mut batch = Batch::new();
    let mut known: HashMap<String, Calendar> = here
        .into_iter()
        .filter_map(|calendar| Some((calendar.outlook_calendar_id.clone()?, calendar)))
        .collect();
    let mut primary_seen = false;
    for theirs in remote {
        // Two calendars may both claim to be the default one; the first keeps the claim.
        let is_primary = theirs.is_primary && !primary_seen;
        primary_seen |= theirs.is_primary;
        let before = known.remove(&theirs.id);
        let mut calendar = before.clone().unwrap_or_else(|| {
            let color = theirs.color.as_deref().unwrap_or(DEFAULT_COLOR);
            Calendar::local(app.new_id(), user_id, &theirs.name, color)
        });
        calendar.outlook_calendar_id = Some(theirs.id.clone());
        calendar.name = theirs.name.chars().take(255).collect();
        calendar.can_edit = theirs.can_edit;
        calendar.is_primary = is_primary;
        if calendar.sync_error.as_deref() == Some(GONE) {
            calendar.sync_error = None;
        }
        save(app, &mut batch, before, calendar)?;
    }
    for (_, gone) in known {
        let calendar = Calendar { sync_error: Some(GONE.to_owned()), is_primary: false, ..gone.clone() };
        save(app, &mut batch, Some(gone), calendar)?;
    }
    if !batch.is_empty() {
        // Outlook took its time to answer: a person who was deleted meanwhile gets no calendars.
        let alive = Filter::eq("_id", user_id).and(Filter::Exists("deletion_requested_at", false));
        batch.require(&USERS, alive);
    }
    Ok(batch)
}

const GONE: &str = "Outlook does not list this calendar any more. Its events are kept here; delete it here if it is not needed.";

fn save(
    app: &App,
    batch: &mut Batch,
    before: Option<Calendar>,
    mut calendar: Calendar,
) -> Result<(), AppError> {
    match before {
        Some(before) if before == calendar => {}
        Some(before) => {
            calendar.touch(app.now());
            batch.replace(&calendar, before.revision)?;
        }
        None => {
            calendar.touch(app.now());
            batch.insert(&calendar)?;
        }
    }
    Ok(())
}
