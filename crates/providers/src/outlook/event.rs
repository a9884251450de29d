//! One event by its id, with the members that lists and delta reads leave out.

use secrecy::SecretString;
use serde_json::Value;
use sync::remote::{RemoteEntry, RemoteKind};

use super::OutlookProvider;
use super::errors::{self, Asked};
use super::http::Answer;
use super::translate::{self, Defect};
use crate::contract::ProviderError;

const ATTEMPT: &str = "reading one event";

/// Members asked for. `cancelledOccurrences` and `originalStart` come only when they are named.
const SELECT: &str = "id,changeKey,type,seriesMasterId,subject,body,start,end,isAllDay,originalStartTimeZone,\
originalStart,recurrence,cancelledOccurrences,location,locations,categories,attendees,organizer,showAs,sensitivity,\
isCancelled,lastModifiedDateTime";

/// Reads the event; `None` only when Graph says that this very item is not there. A mailbox that cannot be found, or
/// a 404 of something else on the way, is an error: the caller may delete on `None`.
pub(super) async fn event(
    provider: &OutlookProvider,
    access: &SecretString,
    event_id: &str,
) -> Result<Option<RemoteEntry>, ProviderError> {
    let read = read(provider, access, event_id).await?;
    read.transpose().map_err(|defect| ProviderError::GiveUp {
        code: defect.code.to_owned(),
        message: format!("{ATTEMPT} gave an event that cannot be read: {}", defect.reason),
    })
}

/// The same, with an event that cannot be read told apart from a request that failed.
pub(super) async fn read(
    provider: &OutlookProvider,
    access: &SecretString,
    event_id: &str,
) -> Result<Option<Result<RemoteEntry, Defect>>, ProviderError> {
    let mut url =
        provider.endpoints.graph.resource(&["me", "events", event_id]).ok_or_else(|| bad_id(ATTEMPT))?;
    url.query_pairs_mut().append_pair("$select", SELECT);
    let answer = provider.http.get(access, &url, ATTEMPT).await?;
    if !answer.is_success() {
        return gone(ATTEMPT, &answer);
    }
    let raw = errors::json(ATTEMPT, &answer)?;
    if raw.get("id").is_none() {
        return Err(errors::unusable(ATTEMPT, "no event"));
    }
    // Asked for by name, so null says "none"; only a member that is absent leaves it open.
    let none_cancelled = raw.get("cancelledOccurrences").is_some_and(Value::is_null);
    Ok(Some(translate::single(raw).map(|mut entry| {
        if let RemoteEntry::Event(event) = &mut entry
            && let RemoteKind::Master { recurrence } = &mut event.kind
            && none_cancelled
        {
            recurrence.cancelled = Some(Vec::new());
        }
        entry
    })))
}

/// What a refusal says about an item that was asked for by its id: `None` when this very item is not there.
pub(super) fn gone<T>(attempt: &str, answer: &Answer) -> Result<Option<T>, ProviderError> {
    let refusal = errors::refusal(attempt, Asked::Plainly, answer);
    let is_gone = matches!(refusal.error, ProviderError::NotFound { .. });
    if is_gone && errors::is(&refusal.code, &["ErrorItemNotFound"]) { Ok(None) } else { Err(refusal.error) }
}

pub(super) fn bad_id(attempt: &str) -> ProviderError {
    ProviderError::GiveUp {
        code: "bad_id".to_owned(),
        message: format!("{attempt} was not tried: the id cannot be one of Outlook's"),
    }
}
