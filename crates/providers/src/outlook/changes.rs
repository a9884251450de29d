//! One page of a calendar's changes, in one of two readings.
//!
//! `events_delta` gives masters, exceptions and single events from a day on, with no end. Graph documents it for beta
//! only, though v1.0 has it; where it is refused as something unknown, `calendar_view_delta` is read instead, which
//! expands series within a fixed window. The cursor remembers which reading it belongs to; both give the same entries.

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::value::RawValue;
use sync::remote::RemoteEntry;
use url::Url;

use super::OutlookProvider;
use super::errors::{self, Asked, Refusal};
use super::event;
use super::http::{Answer, TOO_LARGE};
use super::links::LinkBase;
use super::translate::{self, Item};
use super::wire::Page;
use crate::contract::{ChangePage, Cursor, Next, ProviderError, ReadWindow};

/// Masters and exceptions, without an end.
pub const EVENTS_DELTA: &str = "events_delta";
/// The expanded view of a fixed window.
pub const CALENDAR_VIEW_DELTA: &str = "calendar_view_delta";

const ATTEMPT: &str = "reading changes of a calendar";

/// Graph refuses views longer than 1,825 days.
const LONGEST_VIEW: SignedDuration = SignedDuration::from_hours(1_825 * 24);

pub(super) async fn changes(
    provider: &OutlookProvider,
    access: &SecretString,
    calendar_id: &str,
    cursor: Option<&Cursor>,
    window: ReadWindow,
) -> Result<ChangePage, ProviderError> {
    if let Some(cursor) = cursor {
        let (mode, url) = resume(&provider.endpoints.graph, cursor)?;
        let answer = get(provider, access, &url).await?;
        if !answer.is_success() {
            return Err(errors::refusal(ATTEMPT, Asked::Cursor, &answer).error);
        }
        return page(provider, access, mode, Some(&cursor.token), &answer).await;
    }
    let url = first(&provider.endpoints.graph, EVENTS_DELTA, calendar_id, window)?;
    let answer = get(provider, access, &url).await?;
    if answer.is_success() {
        return page(provider, access, EVENTS_DELTA, None, &answer).await;
    }
    let refusal = errors::refusal(ATTEMPT, Asked::Plainly, &answer);
    if !is_unsupported(&refusal) {
        return Err(refusal.error);
    }
    tracing::info!(status = refusal.status, code = %refusal.code, "events/delta is not offered here, reading calendarView/delta");
    let url = first(&provider.endpoints.graph, CALENDAR_VIEW_DELTA, calendar_id, window)?;
    let answer = get(provider, access, &url).await?;
    if !answer.is_success() {
        return Err(errors::refusal(ATTEMPT, Asked::Plainly, &answer).error);
    }
    page(provider, access, CALENDAR_VIEW_DELTA, None, &answer).await
}

/// Asks for a page; for one of half as many items when it is too large to be taken, down to a single one.
async fn get(provider: &OutlookProvider, access: &SecretString, url: &Url) -> Result<Answer, ProviderError> {
    let mut items = provider.http.page_size();
    loop {
        match provider.http.get_page(access, url, ATTEMPT, items).await {
            Err(ProviderError::GiveUp { code, .. }) if code == TOO_LARGE && items > 1 => items /= 2,
            outcome => return outcome,
        }
    }
}

/// Where a stored cursor leads. One that is not on the configured server (the address was changed since, or the
/// store was tampered with) is as good as none: it never gets the bearer, and a read from the start mends it.
fn resume(graph: &LinkBase, cursor: &Cursor) -> Result<(&'static str, Url), ProviderError> {
    let gone = |why: &str| ProviderError::CursorGone {
        message: format!(
            "{ATTEMPT} cannot go on: the stored position {why}; the calendar is read from the start"
        ),
    };
    let known = [EVENTS_DELTA, CALENDAR_VIEW_DELTA].into_iter().find(|mode| *mode == cursor.mode);
    let mode = known.ok_or_else(|| gone("belongs to a reading that is not known"))?;
    let url = graph.read(&cursor.token).ok_or_else(|| gone("is not on the configured Graph server"))?;
    Ok((mode, url))
}

/// The first request of a reading. No `$select`: views refuse it, and it would narrow what counts as a change.
fn first(graph: &LinkBase, mode: &str, calendar_id: &str, window: ReadWindow) -> Result<Url, ProviderError> {
    let collection = if mode == EVENTS_DELTA { "events" } else { "calendarView" };
    let url = graph.resource(&["me", "calendars", calendar_id, collection, "delta"]);
    let mut url = url.ok_or_else(|| ProviderError::GiveUp {
        code: "bad_id".to_owned(),
        message: format!("{ATTEMPT} was not tried: the calendar's id cannot be one of Outlook's"),
    })?;
    url.query_pairs_mut().append_pair("startDateTime", &whole_second(window.from));
    if mode == CALENDAR_VIEW_DELTA {
        let longest = window.from.saturating_add(LONGEST_VIEW).unwrap_or(window.until);
        url.query_pairs_mut().append_pair("endDateTime", &whole_second(window.until.min(longest)));
    }
    Ok(url)
}

fn whole_second(instant: Timestamp) -> String {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant).to_string()
}

/// Whether a refusal says that there is no such reading here, and nothing else. A bad id, a missing mailbox, a lost
/// state, a lack of rights or a passing failure are told as what they are: the other reading would not mend them.
fn is_unsupported(refusal: &Refusal) -> bool {
    let Refusal { status, code, words, error } = refusal;
    if matches!(error, ProviderError::CursorGone { .. }) || errors::contains(words, "badly formed token") {
        return false;
    }
    match status {
        405 | 501 => true,
        400 => {
            let codes = [
                "BadRequest",
                "InvalidRequest",
                "ErrorInvalidRequest",
                "NotSupported",
                "ErrorNotSupported",
                "ErrorUnsupportedOperation",
                "UnsupportedQueryOption",
                "UnknownError",
                "RequestBroker--ParseUri",
            ];
            errors::is(code, &codes) && !matches!(error, ProviderError::Retry { .. })
        }
        404 => match code.as_str() {
            // "Resource could not be discovered" is a person without a mailbox.
            "ResourceNotFound" => !errors::contains(words, "could not be discovered"),
            _ => errors::is(code, &["", "BadRequest", "UnknownError", "NotFound"]),
        },
        _ => false,
    }
}

async fn page(
    provider: &OutlookProvider,
    access: &SecretString,
    mode: &'static str,
    asked: Option<&str>,
    answer: &Answer,
) -> Result<ChangePage, ProviderError> {
    let page: Page<Box<RawValue>> = serde_json::from_slice(&answer.body).map_err(|_| not_a_page(answer))?;
    // No list is not an empty list: an error in the clothes of a success must not look like "nothing changed".
    let items = page.value.ok_or_else(|| errors::unusable(ATTEMPT, "no list of items"))?;
    let next = next(&provider.endpoints.graph, mode, asked, page.next_link, page.delta_link)?;
    let mut entries = Vec::with_capacity(items.len());
    for raw in &items {
        entries.push(match translate::item(raw.get()) {
            Item::Entry(entry) => entry,
            Item::Incomplete { id } => completed(provider, access, id).await?,
        });
    }
    Ok(ChangePage { entries, next })
}

/// What is wrong with an answer that is not a page: it is no JSON, or JSON of something else.
fn not_a_page(answer: &Answer) -> ProviderError {
    let no_json = errors::json(ATTEMPT, answer).err();
    no_json.unwrap_or_else(|| errors::unusable(ATTEMPT, "something that is not a page"))
}

/// A page ends with exactly one link, on the configured server, and not with the one it was asked by.
fn next(
    graph: &LinkBase,
    mode: &'static str,
    asked: Option<&str>,
    next_link: Option<String>,
    delta_link: Option<String>,
) -> Result<Next, ProviderError> {
    let (link, is_last) = match (next_link, delta_link) {
        (Some(link), None) => (link, false),
        (None, Some(link)) => (link, true),
        (None, None) => return Err(errors::unusable(ATTEMPT, "a page that does not say how to go on")),
        (Some(_), Some(_)) => {
            return Err(errors::unusable(ATTEMPT, "a page that says both to go on and to be the last"));
        }
    };
    if graph.read(&link).is_none() {
        return Err(ProviderError::GiveUp {
            code: "foreign_link".to_owned(),
            message: format!(
                "{ATTEMPT} stopped: the next page is said to be elsewhere than on the configured Graph server"
            ),
        });
    }
    if !is_last && asked == Some(link.as_str()) {
        return Err(errors::unusable(ATTEMPT, "a page that leads back to itself"));
    }
    let cursor = Cursor { mode: mode.to_owned(), token: link };
    Ok(if is_last { Next::Done(cursor) } else { Next::Page(cursor) })
}

/// An item that came without its members, read by its id. What is gone meanwhile counts as removed from the view; what
/// cannot be read, or may not be, holds up nobody; a request that is worth trying again fails the page, which is then read
/// again.
async fn completed(
    provider: &OutlookProvider,
    access: &SecretString,
    id: String,
) -> Result<RemoteEntry, ProviderError> {
    match event::read(provider, access, &id).await {
        Ok(None) => Ok(RemoteEntry::Removed { id }),
        Ok(Some(Ok(entry))) => Ok(entry),
        Ok(Some(Err(defect))) => Ok(translate::unreadable(Some(id), defect)),
        Err(ProviderError::GiveUp { code, message }) => {
            Ok(RemoteEntry::Unreadable { id: Some(id), code, reason: message })
        }
        Err(error) => Err(error),
    }
}
