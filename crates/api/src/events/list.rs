//! `GET /events`: the events of a range, series as their occurrences.

use app::records::events::{self, Expand, Filters, RangeQuery};
use axum::extract::State;
use jiff::Timestamp;
use jiff::civil::Date;
use model::Id;
use model::documents::{PriorityLevel, SyncStatus};
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

use crate::access::CallerOf;
use crate::answer::JsonText;
use crate::declared::EventPage;
use crate::openapi::ListErrors;
use crate::params::{self, Params};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// First instant, or a date for its midnight in UTC; from the beginning when absent.
    #[param(value_type = Option<String>, example = "2026-11-23T00:00:00Z")]
    #[serde(default, deserialize_with = "moment")]
    from: Option<Timestamp>,
    /// First instant after the range; when absent, everything to the end, with series as themselves.
    #[param(value_type = Option<String>, example = "2026-11-30T00:00:00Z")]
    #[serde(default, deserialize_with = "moment")]
    to: Option<Timestamp>,
    /// Whether set-up and teardown count for overlapping the range; else only the event itself does.
    occupied: Option<bool>,
    /// Only this person's; others than oneself are for administrators.
    #[param(value_type = Option<String>)]
    user_id: Option<Id>,
    /// Only of this calendar.
    #[param(value_type = Option<String>)]
    calendar_id: Option<Id>,
    /// Only with this Outlook category, whether it is the first or a further one.
    category: Option<String>,
    /// Only with this category of the house.
    internal_category: Option<String>,
    /// Only at this location, by name.
    location: Option<String>,
    /// Only where this person is assigned.
    staff: Option<String>,
    /// Only of this priority.
    #[param(value_type = Option<String>, example = "high")]
    priority_level: Option<PriorityLevel>,
    /// Only in this state.
    #[param(value_type = Option<String>, example = "error")]
    sync_status: Option<SyncStatus>,
    /// Only where title, description, location, notes or client contact contain this text.
    q: Option<String>,
    /// `removed` lists removed events too, `archived` those in the archive; both with a comma between.
    #[param(value_type = Option<String>, example = "removed,archived")]
    #[serde(default, deserialize_with = "included")]
    include: Included,
    /// `occurrences` (for at most 400 days) or `series`.
    #[param(value_type = Option<String>, example = "occurrences")]
    expand: Option<ExpandWord>,
    /// Most items of the page, 1 to 500; 100 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What is listed besides living events.
#[derive(Debug, Clone, Copy, Default)]
struct Included {
    removed: bool,
    archived: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ExpandWord {
    Occurrences,
    Series,
}

/// List the events of a range
///
/// Events that overlap `[from, to)`, in the order in which they begin to occupy their place (set-up included), then by
/// id. Series are given as their occurrences, each with its own times and `_id` `{master}:{original start}`. Pages stay
/// exact while others write, also while events move to the archive or back; what is in the archive has `archived_at`.
#[utoipa::path(
    get,
    path = "/events",
    tag = "events",
    params(EventQuery),
    responses(
        (status = 200, description = "A page of events.", body = EventPage, example = json!({
            "items": [{
                "_id": "6741a2b0c3d4e5f601020304", "user_id": "6741a2b0c3d4e5f601020301",
                "calendar_id": "6741a2b0c3d4e5f601020302", "title": "Jazz night",
                "start_time": "2026-11-27T19:00:00Z", "end_time": "2026-11-27T22:00:00Z", "all_day": false,
                "location": "Great Hall", "category": "Concert", "setup_start_time": "2026-11-27T15:00:00Z",
                "is_recurring": false, "sync_status": "not_synced", "categories": ["Concert"],
                "time_zone": "Europe/Berlin", "is_cancelled": false, "occupied_from": "2026-11-27T15:00:00Z",
                "occupied_until": "2026-11-27T22:00:00Z", "span_class": 1, "revision": 3,
                "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-22T09:30:00Z"
            }],
            "next_cursor": null
        })),
        ListErrors,
    )
)]
pub(crate) async fn list_events(
    State(state): State<ApiState>,
    CallerOf(caller): CallerOf,
    Params(query): Params<EventQuery>,
) -> Result<JsonText, Problem> {
    let page = params::page(query.limit, query.cursor.as_deref())?;
    let query = RangeQuery {
        from: query.from,
        to: query.to,
        occupied: query.occupied.unwrap_or_default(),
        filters: Filters {
            user_id: query.user_id,
            calendar_id: query.calendar_id,
            category: query.category,
            internal_category: query.internal_category,
            location: query.location,
            staff: query.staff,
            priority_level: query.priority_level,
            sync_status: query.sync_status,
            q: query.q,
        },
        include_removed: query.include.removed,
        include_archived: query.include.archived,
        expand: query.expand.map(|word| match word {
            ExpandWord::Occurrences => Expand::Occurrences,
            ExpandWord::Series => Expand::Series,
        }),
        page,
    };
    let page = events::range(&state.app, &caller, query).await?;
    let size: usize = page.items.iter().map(|item| item.len() + 1).sum();
    let mut text = String::with_capacity(size + 200);
    text.push_str("{\"items\":[");
    for (item, index) in page.items.iter().zip(0_usize..) {
        if index > 0 {
            text.push(',');
        }
        text.push_str(item);
    }
    text.push_str("],\"next_cursor\":");
    match page.next_cursor {
        // Written in the URL-safe alphabet of base64: nothing in it needs escaping.
        Some(cursor) => text.extend(["\"", &cursor, "\"}"]),
        None => text.push_str("null}"),
    }
    Ok(JsonText::new(text))
}

/// The words of `include`.
fn included<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Included, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut included = Included::default();
    for word in text.split(',') {
        match word.trim() {
            "removed" => included.removed = true,
            "archived" => included.archived = true,
            _ => {
                return Err(serde::de::Error::custom(
                    "is `removed`, `archived`, or both with a comma between",
                ));
            }
        }
    }
    Ok(included)
}

/// An instant, or a date for its midnight in UTC.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let date = (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    let midnight = date.and_then(app::records::events::view::midnight);
    // In a query, an unescaped plus sign of an offset arrives as a blank.
    let instant = midnight.or_else(|| text.replace(' ', "+").parse().ok());
    instant.map(Some).ok_or_else(|| {
        serde::de::Error::custom("is an instant such as 2026-11-23T09:00:00Z, or a date such as 2026-11-23")
    })
}
