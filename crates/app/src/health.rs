//! How the server is: whether its store answers, and how old the last good sync of each calendar is.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use model::Id;
use model::collections::{CALENDARS, USERS};
use model::documents::Calendar;
use serde::Serialize;
use store::{Filter, StoreError};

use crate::{App, AppError};

/// So many accounts have an age of their own: a collector pays for each.
pub const MOST_ACCOUNTS: usize = 500;

/// Ages of the last good sync of all active calendars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SyncAges {
    /// Calendars that are synced.
    pub calendars: u64,
    /// Of these, never synced yet.
    pub never: u64,
    /// Of these, last synced more than an hour ago.
    pub over_an_hour: u64,
    /// Of these, last synced more than a day ago.
    pub over_a_day: u64,
    /// Calendars whose last sync failed.
    pub failing: u64,
    /// The greatest age, in seconds.
    pub oldest_s: i64,
}

/// Whether the store answers within the time; the sentence says why not, fit for strangers.
pub async fn store_answers(app: &App, within: Duration) -> Result<(), &'static str> {
    if app.gate().is_shut() {
        return Err(crate::presence::RESTORING);
    }
    match tokio::time::timeout(within, app.store().check()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the store is not ready");
            Err("the store refuses; the server's log says why")
        }
        Err(_) => Err("the store does not answer in time"),
    }
}

/// Whether the server can work: the store answers and has the form that this version knows. The sentence says why not,
/// fit for strangers.
pub async fn ready(app: &App, within: Duration) -> Result<(), &'static str> {
    store_answers(app, within).await?;
    match tokio::time::timeout(within, crate::migrations::what_is_pending(app)).await {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(why),
        Err(_) => Err("the store does not answer in time"),
    }
}

/// The store engine's name and version, for administrators.
pub fn store_name(app: &App) -> String {
    app.store().describe()
}

/// How many people there are.
pub async fn people(app: &App) -> Result<u64, AppError> {
    Ok(app.store().count(&USERS, Filter::All(Vec::new())).await?)
}

/// How old the last good sync of each calendar is. Reads every calendar: callers keep the answer a while.
pub async fn sync_ages(app: &App) -> Result<SyncAges, AppError> {
    Ok(sync_ages_by_account(app).await?.0)
}

/// As [`sync_ages`], with the oldest of each account in seconds: the accounts longest without a good sync come first, and
/// only [`MOST_ACCOUNTS`] of them. A calendar that was never read is as old as its record.
pub async fn sync_ages_by_account(app: &App) -> Result<(SyncAges, Vec<(Id, i64)>), AppError> {
    let now = app.now();
    let mut ages = Ages::default();
    let mut failed = None;
    let each = |documents: Vec<store::Document>| {
        documents
            .iter()
            .try_for_each(|document| document.typed().map(|calendar| note(&mut ages, &calendar, now)))
            .map_err(|error: StoreError| failed = Some(error))
            .is_ok()
    };
    app.store().stream(&CALENDARS, Filter::Exists("outlook_calendar_id", true), Box::new(each)).await?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let mut accounts: Vec<(Id, i64)> = ages.accounts.into_iter().collect();
    accounts.sort_by_key(|(id, age_s)| (Reverse(*age_s), *id));
    accounts.truncate(MOST_ACCOUNTS);
    Ok((ages.all, accounts))
}

#[derive(Default)]
struct Ages {
    all: SyncAges,
    accounts: HashMap<Id, i64>,
}

fn note(ages: &mut Ages, calendar: &Calendar, now: Timestamp) {
    if !calendar.is_active {
        return;
    }
    let since = calendar.last_synced.unwrap_or(calendar.created_at);
    let age_s = now.duration_since(since).as_secs().max(0);
    let account = ages.accounts.entry(calendar.user_id).or_default();
    *account = age_s.max(*account);
    let ages = &mut ages.all;
    ages.calendars += 1;
    ages.failing += u64::from(calendar.sync_error.is_some());
    if calendar.last_synced.is_none() {
        ages.never += 1;
        return;
    }
    ages.over_an_hour += u64::from(age_s > 3_600);
    ages.over_a_day += u64::from(age_s > 86_400);
    ages.oldest_s = ages.oldest_s.max(age_s);
}
