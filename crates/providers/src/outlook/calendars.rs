//! The person's calendars, all pages of them.

use secrecy::SecretString;
use serde_json::Value;
use sync::remote::RemoteCalendar;

use super::OutlookProvider;
use super::errors::{self, Asked};
use super::wire::{Calendar, Page};
use crate::contract::ProviderError;

const ATTEMPT: &str = "reading the list of calendars";

/// Reads the whole list or fails: a calendar missing from half a list would look removed.
pub(super) async fn calendars(
    provider: &OutlookProvider,
    access: &SecretString,
) -> Result<Vec<RemoteCalendar>, ProviderError> {
    let mut url = provider
        .endpoints
        .graph
        .resource(&["me", "calendars"])
        .ok_or_else(|| errors::unusable(ATTEMPT, "no address"))?;
    let mut found: Vec<RemoteCalendar> = Vec::new();
    for _ in 0..provider.options.limits.max_calendar_pages {
        let answer = provider.http.get(access, &url, ATTEMPT).await?;
        if !answer.is_success() {
            return Err(errors::refusal(ATTEMPT, Asked::Plainly, &answer).error);
        }
        let page: Page<Value> = serde_json::from_value(errors::json(ATTEMPT, &answer)?)
            .map_err(|_| errors::unusable(ATTEMPT, "something that is not a page"))?;
        for item in page.value.ok_or_else(|| errors::unusable(ATTEMPT, "no list"))? {
            let calendar = read(item)?;
            // Pages may overlap when a calendar is made meanwhile.
            found.retain(|known| known.id != calendar.id);
            found.push(calendar);
        }
        let Some(link) = page.next_link else { return Ok(found) };
        url = provider.endpoints.graph.read(&link).ok_or_else(|| ProviderError::GiveUp {
            code: "foreign_link".to_owned(),
            message: format!("{ATTEMPT} stopped: the next page is said to be on another server than Graph"),
        })?;
    }
    Err(ProviderError::GiveUp {
        code: "endless_list".to_owned(),
        message: format!(
            "{ATTEMPT} stopped: after {} pages there were still more",
            provider.options.limits.max_calendar_pages
        ),
    })
}

fn read(item: Value) -> Result<RemoteCalendar, ProviderError> {
    let wire: Calendar = serde_json::from_value(item)
        .map_err(|_| errors::unusable(ATTEMPT, "a calendar that cannot be read"))?;
    let id = wire
        .id
        .filter(|id| !id.is_empty())
        .ok_or_else(|| errors::unusable(ATTEMPT, "a calendar without id"))?;
    let color = wire.hex_color.filter(|hex| is_hex_color(hex)).or_else(|| preset(wire.color.as_deref()));
    Ok(RemoteCalendar {
        id,
        name: wire.name.unwrap_or_default(),
        color: color.map(|hex| hex.to_ascii_lowercase()),
        is_primary: wire.is_default_calendar.unwrap_or(false),
        can_edit: wire.can_edit.unwrap_or(false),
    })
}

fn is_hex_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit()))
}

/// `hexColor` is empty until somebody picks one; the older named colours come near enough to tell calendars apart.
fn preset(name: Option<&str>) -> Option<String> {
    let hex = match name? {
        "lightBlue" => "#8ab4e8",
        "lightGreen" => "#94c47d",
        "lightOrange" => "#f2a65a",
        "lightGray" => "#a7adba",
        "lightYellow" => "#e8cf5a",
        "lightTeal" => "#5fbdb5",
        "lightPink" => "#e893b8",
        "lightBrown" => "#b5917a",
        "lightRed" => "#e0696b",
        _ => return None,
    };
    Some(hex.to_owned())
}
