//! Asking for events that may be gone, one by one: only "does not exist" confirms, or that it lies in another calendar.

use std::collections::{BTreeSet, HashSet};

use futures::{StreamExt, TryStreamExt};
use model::Id;
use model::documents::{Calendar, Event, Record, SyncError};
use providers::contract::ProviderError;
use store::{Filter, TypedStore};
use sync::fate::{Fate, without_item};
use sync::remote::RemoteEntry;

use super::candidates::{exceptions_of, read_events};
use super::request::{Mailbox, REQUESTS_AT_ONCE};
use crate::{App, AppError};

/// An exception whose item is gone while its series shows its date again.
#[derive(Debug, Clone)]
pub(super) struct Reset {
    /// The exception.
    pub(super) before: Event,
    /// What stays of it: what the house wrote on it.
    pub(super) after: Option<Event>,
}

/// What asking told.
#[derive(Debug, Default)]
pub(super) struct Confirmed {
    /// These are gone.
    pub(super) gone: Vec<Event>,
    /// These are no exceptions any more.
    pub(super) reset: Vec<Reset>,
    /// These are there, as Outlook told them when it was asked: one that moved out of the time that is read is told in no
    /// other way.
    pub(super) there: Vec<RemoteEntry>,
    /// These could not be asked for, and why.
    pub(super) refused: Vec<(Id, SyncError)>,
}

/// What became of one item.
enum Answer {
    /// It does not exist, or is in another calendar.
    Gone,
    /// It is a plain occurrence of its series.
    Occurrence,
    /// It is there.
    There(Box<RemoteEntry>),
    /// It may not be asked for, or cannot be read.
    Refused(SyncError),
}

/// Asks for each of these events. What is wrong with one of them holds up none of the others.
pub(super) async fn confirm(
    app: &App,
    mailbox: &Mailbox,
    mut events: Vec<Event>,
) -> Result<Confirmed, AppError> {
    // The same order every time. Series first: when one is gone, so are its exceptions.
    events.sort_by_key(|event| event.id);
    let (exceptions, events): (Vec<Event>, Vec<Event>) =
        events.into_iter().partition(|event| event.recurrence_master_id.is_some());
    let mut confirmed = Confirmed::default();
    for (event, answer) in ask_for(app, mailbox, events).await? {
        match answer {
            Answer::Gone | Answer::Occurrence => confirmed.gone.push(event),
            Answer::There(entry) => confirmed.there.push(*entry),
            Answer::Refused(error) => confirmed.refused.push((event.id, error)),
        }
    }
    confirm_exceptions(app, mailbox, exceptions, &mut confirmed).await?;
    Ok(confirmed)
}

async fn confirm_exceptions(
    app: &App,
    mailbox: &Mailbox,
    exceptions: Vec<Event>,
    confirmed: &mut Confirmed,
) -> Result<(), AppError> {
    let gone: HashSet<Id> = confirmed.gone.iter().map(|event| event.id).collect();
    let series: BTreeSet<Id> = exceptions.iter().filter_map(|event| event.recurrence_master_id).collect();
    let series: Vec<Id> = series.into_iter().filter(|id| !gone.contains(id)).collect();
    let mut masters = read_events(app, &series).await?;
    masters.retain(|master| master.removed_at.is_none());
    let is_with = |event: &Event, id: Id| event.recurrence_master_id == Some(id);
    // Those that only the house has are nothing at the provider: they live and go with their series.
    let goes_along = |event: &Event| {
        event.recurrence_master_id.is_some_and(|id| gone.contains(&id))
            || (event.outlook_event_id.is_none() && !masters.iter().any(|master| is_with(event, master.id)))
    };
    let (along, asked): (Vec<Event>, Vec<Event>) = exceptions.into_iter().partition(goes_along);
    confirmed.gone.extend(along);
    let mut siblings: Option<Vec<Event>> = None;
    for (event, answer) in ask_for(app, mailbox, asked).await? {
        match answer {
            Answer::There(entry) => {
                confirmed.there.push(*entry);
                continue;
            }
            Answer::Refused(error) => {
                confirmed.refused.push((event.id, error));
                continue;
            }
            Answer::Gone | Answer::Occurrence => {}
        }
        let siblings = match &siblings {
            Some(known) => known,
            None => siblings.insert(exceptions_of(app, series.iter().copied()).await?),
        };
        let master = masters.iter().find(|master| is_with(&event, master.id));
        let siblings: Vec<Event> = siblings
            .iter()
            .filter(|other| other.recurrence_master_id == event.recurrence_master_id)
            .cloned()
            .collect();
        match without_item(&event, master, &siblings) {
            Fate::Gone => confirmed.gone.push(event),
            Fate::Plain => confirmed.reset.push(Reset { before: event, after: None }),
            Fate::Overlay(mut after) => {
                after.touch(app.now());
                confirmed.reset.push(Reset { before: event, after: Some(*after) });
            }
        }
    }
    Ok(())
}

async fn ask_for(app: &App, mailbox: &Mailbox, events: Vec<Event>) -> Result<Vec<(Event, Answer)>, AppError> {
    let questions = events.into_iter().filter_map(|event| Some((event.outlook_event_id.clone()?, event)));
    let questions: Vec<(String, Event)> = questions.collect();
    futures::stream::iter(questions)
        .map(|(item, event)| async move { Ok((event, answer(app, mailbox, &item).await?)) })
        .buffered(REQUESTS_AT_ONCE)
        .try_collect()
        .await
}

async fn answer(app: &App, mailbox: &Mailbox, item: &str) -> Result<Answer, AppError> {
    match mailbox.item(app, item).await {
        Ok(None) => Ok(Answer::Gone),
        Ok(Some(RemoteEntry::Occurrence { .. })) => Ok(Answer::Occurrence),
        Ok(Some(_)) if is_elsewhere(app, mailbox, item).await? => Ok(Answer::Gone),
        Ok(Some(entry)) => Ok(Answer::There(Box::new(entry))),
        Err(AppError::Provider(ProviderError::GiveUp { code, message })) => Ok(Answer::Refused(SyncError {
            event_id: item.to_owned(),
            error_message: message,
            error_code: code,
        })),
        Err(error) => Err(error),
    }
}

/// Whether an item that exists lies in another calendar of the person: an id that survives moves is answered wherever it
/// is. Only a calendar that is known as theirs is believed; any other word leaves the event where it is.
async fn is_elsewhere(app: &App, mailbox: &Mailbox, item: &str) -> Result<bool, AppError> {
    let calendar = match mailbox.calendar_of(app, item).await {
        Ok(None) => return Ok(true),
        Ok(Some(calendar)) if calendar == mailbox.remote_calendar => return Ok(false),
        Ok(Some(calendar)) => calendar,
        Err(AppError::Provider(ProviderError::GiveUp { .. } | ProviderError::NotFound { .. })) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let theirs =
        Filter::eq("user_id", mailbox.user_id).and(Filter::eq("outlook_calendar_id", calendar.as_str()));
    let known: Option<Calendar> = app.store().first(theirs).await?;
    Ok(known.is_some())
}
