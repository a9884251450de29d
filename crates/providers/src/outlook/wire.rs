//! Graph's JSON as this provider reads it: the only place that knows its member names.
//!
//! Tolerant on purpose: every member may be missing or null, enumerations stay text, members we do not know are
//! passed over. What a missing member means is decided in `translate`, not here.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A page of a list or of a delta read. Its items are still raw (a [`Value`], or their text), so that a bad one does not
/// spoil the others.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    pub(super) value: Option<Vec<T>>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta_link: Option<String>,
}

/// The body of a refused request.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorEnvelope {
    pub(super) error: ErrorDetail,
}

/// What was wrong, in Graph's words.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorDetail {
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) code: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(super) message: String,
}

/// A calendar of `GET /me/calendars`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Calendar {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) color: Option<String>,
    pub(super) hex_color: Option<String>,
    pub(super) is_default_calendar: Option<bool>,
    pub(super) can_edit: Option<bool>,
}

/// The person of `GET /me`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) id: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) user_principal_name: Option<String>,
}

/// An event of any kind.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    #[serde(rename = "@odata.etag")]
    pub(super) etag: Option<String>,
    pub(super) change_key: Option<String>,
    pub(super) id: Option<String>,
    /// Whether it has the member at all, whatever its value.
    #[serde(rename = "@removed", deserialize_with = "is_there")]
    pub(super) is_removed: bool,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) series_master_id: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: Option<Body>,
    pub(super) start: Option<WallTime>,
    pub(super) end: Option<WallTime>,
    pub(super) is_all_day: Option<bool>,
    pub(super) original_start_time_zone: Option<String>,
    pub(super) original_start: Option<String>,
    pub(super) occurrence_id: Option<String>,
    pub(super) recurrence: Option<Value>,
    pub(super) cancelled_occurrences: Option<Vec<String>>,
    pub(super) location: Option<Location>,
    pub(super) locations: Option<Vec<Location>>,
    pub(super) categories: Option<Vec<String>>,
    pub(super) attendees: Option<Vec<Attendee>>,
    pub(super) organizer: Option<Recipient>,
    pub(super) show_as: Option<String>,
    pub(super) sensitivity: Option<String>,
    pub(super) is_cancelled: Option<bool>,
    pub(super) last_modified_date_time: Option<String>,
}

/// `dateTimeTimeZone`; the beta pages spell its members with capitals.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct WallTime {
    #[serde(alias = "DateTime")]
    pub(super) date_time: Option<String>,
    #[serde(alias = "TimeZone")]
    pub(super) time_zone: Option<String>,
}

/// `itemBody`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Body {
    pub(super) content_type: Option<String>,
    pub(super) content: Option<String>,
}

/// `location`, of which only the name is read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Location {
    pub(super) display_name: Option<String>,
}

/// `attendee`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attendee {
    pub(super) email_address: Option<EmailAddress>,
    pub(super) status: Option<ResponseStatus>,
}

/// `recipient`: the organizer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Recipient {
    pub(super) email_address: Option<EmailAddress>,
}

/// `emailAddress`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EmailAddress {
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
}

/// `responseStatus`; its time is `0001-01-01` as often as not and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ResponseStatus {
    pub(super) response: Option<String>,
}

/// A token endpoint's answer (RFC 6749, 5.1). Not `Debug`: it holds secrets.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    pub(super) access_token: Option<String>,
    pub(super) refresh_token: Option<String>,
    pub(super) token_type: Option<String>,
    /// A number, or, from some versions of the endpoint, a number in quotes.
    pub(super) expires_in: Option<Value>,
    pub(super) scope: Option<String>,
}

/// A token endpoint's refusal (RFC 6749, 5.2) with Entra's numbers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenRefusal {
    pub(super) error: Option<String>,
    pub(super) error_description: Option<String>,
    pub(super) error_codes: Option<Vec<u64>>,
}

fn null_is_default<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}

fn is_there<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(from).map(|_| true)
}
