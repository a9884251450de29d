//! What an event says about its own sync: what could not be synced says so, on the event.

use model::documents::{Event, SyncStatus};
use model::validate::one_line;
use recurrence::zones;

use crate::local::series;
use crate::remote::{RemoteEvent, RemoteTime};

/// Letters of one entry of `sync_errors`.
const LONGEST_ERROR: u32 = 1_000;

/// What of a provider's version cannot be shown here although it was taken over; `None` when all of it is.
pub fn shortcoming(event: &Event, remote: &RemoteEvent) -> Option<&'static str> {
    if !event.is_recurring || series(event).is_some() {
        return None;
    }
    let zone = match &remote.time {
        RemoteTime::Timed { provider_zone, .. } => provider_zone.as_deref(),
        RemoteTime::AllDay { .. } => None,
    };
    Some(if zone.is_some_and(|name| zones::resolve(name).is_err()) {
        "Only the first date of this series is shown: its time zone in Outlook has no name that is known here; choose one \
         from the list of time zones for the series in Outlook."
    } else {
        "Only the first date of this series is shown: it repeats by a rule that is not known here; choose another one for \
         the series in Outlook."
    })
}

/// Sets what the event says. Answers whether that is something new.
pub fn say(event: &mut Event, shortcoming: Option<&str>) -> bool {
    let said: Vec<String> =
        shortcoming.map(|reason| one_line(reason, LONGEST_ERROR).into_owned()).into_iter().collect();
    let status = if said.is_empty() { SyncStatus::Synced } else { SyncStatus::Error };
    let is_news = (event.sync_status, &event.sync_errors) != (status, &said);
    (event.sync_status, event.sync_errors) = (status, said);
    is_news
}

/// Whether the event says what it must, `shortcoming` being what cannot be shown of it.
pub fn is_said(event: &Event, shortcoming: Option<&str>) -> bool {
    match shortcoming {
        None => event.sync_status != SyncStatus::Error,
        Some(reason) => event.sync_status == SyncStatus::Error && event.sync_errors == [reason],
    }
}
