//! What a refusal by Graph means for us: status and code in, what to do next out.

use serde_json::Value;

use super::http::Answer;
use super::wire::ErrorEnvelope;
use crate::contract::ProviderError;

/// What a request had asked for, as far as it changes what a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A read that goes on from a link: only such a one can hear that its state is gone.
    Cursor,
    /// Anything else.
    Plainly,
}

/// A refusal, understood.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// Graph's code, empty when the body was not Graph's.
    pub(super) code: String,
    /// Graph's sentence, shortened, or empty.
    pub(super) words: String,
    /// What to do.
    pub(super) error: ProviderError,
}

/// Reads a refusal. `attempt` names what was tried: "reading changes".
pub(super) fn refusal(attempt: &str, asked: Asked, answer: &Answer) -> Refusal {
    let detail = serde_json::from_slice::<ErrorEnvelope>(&answer.body).unwrap_or_default().error;
    let code = shorten(&detail.code, 80);
    let words = shorten(&detail.message, 300);
    // More follows behind it.
    let quoted = words.trim_end_matches('.');
    let said = match (code.is_empty(), words.is_empty()) {
        (true, _) => format!("{attempt} was answered with {}", answer.status),
        (false, true) => format!("{attempt} was answered with {} {code}", answer.status),
        (false, false) => format!("{attempt} was answered with {} {code}: {quoted}", answer.status),
    };
    let meaning = meaning(answer.status, &code, &words, asked, answer.claims_challenge);
    let shown_code = if code.is_empty() { format!("http_{}", answer.status) } else { code.clone() };
    let error = to_error(meaning, shown_code, said, answer.retry_after_ms);
    Refusal { status: answer.status, code, words, error }
}

/// Reads the JSON of a successful answer. HTML from a portal on the way, half a body or none at all are worth asking
/// again: they say nothing about the calendar, and are never taken for an empty one.
pub(super) fn json(attempt: &str, answer: &Answer) -> Result<Value, ProviderError> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let what = if answer.body.iter().all(u8::is_ascii_whitespace) {
            "an empty body".to_owned()
        } else if answer.body.trim_ascii_start().starts_with(b"<") {
            "a web page instead of JSON".to_owned()
        } else {
            format!("something that is not whole JSON (line {}, column {})", error.line(), error.column())
        };
        unusable(attempt, &what)
    })
}

/// A 2xx answer that does not hold what it must.
pub(super) fn unusable(attempt: &str, what: &str) -> ProviderError {
    ProviderError::Retry {
        after_ms: None,
        code: "unusable_answer".to_owned(),
        message: format!("{attempt} was answered with success but with {what}"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Retry,
    RefreshToken,
    Reconnect(&'static str),
    CursorGone,
    NotFound,
    GiveUp(&'static str),
}

fn meaning(status: u16, code: &str, words: &str, asked: Asked, claims_challenge: bool) -> Meaning {
    if status == 401 {
        return match claims_challenge {
            true => Meaning::Reconnect("a policy of the organisation asks for a new sign-in"),
            false => Meaning::RefreshToken,
        };
    }
    if status != 429 && says_state_is_gone(status, code, words) {
        // Without a link of ours there is no state to be gone: the server is confused, and a restart would loop.
        return if asked == Asked::Cursor { Meaning::CursorGone } else { Meaning::Retry };
    }
    match status {
        400 | 403 if is_disguised_failure(code, words) => Meaning::Retry,
        403 if is(code, &["Authorization_RequestDenied", "InsufficientPermissions"]) => {
            Meaning::Reconnect("the permission was not granted; sign in again and allow access to calendars")
        }
        403 => Meaning::GiveUp("this account may not do that; ask the calendar's owner or sign in again"),
        404 if is(code, &["ErrorItemNotFound", "ErrorFolderNotFound", "ErrorCalendarFolderNotFound"]) => {
            Meaning::NotFound
        }
        404 if is(code, &["", "UnknownError"]) => Meaning::Retry,
        404 => Meaning::GiveUp(
            "the account has no mailbox that Graph can reach; check it with the administrator",
        ),
        409 if is(code, &["ErrorDuplicateTransactionId"]) => {
            Meaning::GiveUp("another event was made under this mark; look for it before making one again")
        }
        // A redirect is a portal on the way; 409 and 412 appear on reads too, without anybody having edited.
        300..=399 | 408 | 409 | 412 | 423 | 425 | 429 => Meaning::Retry,
        501 | 505 => {
            Meaning::GiveUp("the server does not offer this; check the Graph address in the configuration")
        }
        500..=599 => Meaning::Retry,
        _ => Meaning::GiveUp("asking again will not help; please report it with this code"),
    }
}

fn to_error(meaning: Meaning, code: String, said: String, after_ms: Option<u64>) -> ProviderError {
    match meaning {
        Meaning::Retry => ProviderError::Retry { after_ms, code, message: said },
        Meaning::RefreshToken => ProviderError::AccessTokenRefused { message: said },
        Meaning::Reconnect(advice) => ProviderError::Reconnect { code, message: format!("{said}; {advice}") },
        Meaning::CursorGone => {
            ProviderError::CursorGone { message: format!("{said}; the calendar is read from the start") }
        }
        Meaning::NotFound => ProviderError::NotFound { message: said },
        Meaning::GiveUp(advice) => ProviderError::GiveUp { code, message: format!("{said}; {advice}") },
    }
}

/// Whether the link's state is gone: 410, or a 40x with one of the codes seen in the wild.
fn says_state_is_gone(status: u16, code: &str, words: &str) -> bool {
    let known = [
        "SyncStateNotFound",
        "SyncStateInvalid",
        "ErrorInvalidSyncStateData",
        "ErrorSyncStateNotFound",
        "ResyncRequired",
        "ResyncChangesApplyDifferences",
        "ResyncChangesUploadDifferences",
    ];
    status == 410
        || (status >= 400 && is(code, &known))
        || (status == 400 && contains(words, "badly formed token"))
}

/// Failures of Microsoft's own services that arrive as 400 or 403 (samples, oddity 7).
fn is_disguised_failure(code: &str, words: &str) -> bool {
    let inner =
        ["serviceunavailable", "internalservererror", "gatewaytimeout", "toomanyrequests", "requesttimeout"];
    let outer =
        ["connection was closed", "request timed out", "operation has timed out", "temporarily unavailable"];
    (is(code, &["ExtensionError"]) && inner.iter().any(|text| contains(words, text)))
        || outer.iter().any(|text| contains(words, text))
        || is(
            code,
            &[
                "ErrorServerBusy",
                "ErrorTimeoutExpired",
                "ErrorMailboxStoreUnavailable",
                "ErrorConnectionFailed",
            ],
        )
}

/// Whether a code is one of these, in any case.
pub(super) fn is(code: &str, any_of: &[&str]) -> bool {
    any_of.iter().any(|known| code.eq_ignore_ascii_case(known))
}

/// Whether words contain a text given in lower case.
pub(super) fn contains(words: &str, lower: &str) -> bool {
    words.to_ascii_lowercase().contains(lower)
}

/// Text of others in our messages: one line, bounded.
fn shorten(text: &str, longest: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect()
}
