//! The series that may have occurrences in a window, with the dates for which a document of its own stands.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::Id;
use model::collections::EVENTS;
use model::documents::{Event, SPAN_CLASS_SERIES};
use serde::Deserialize;
use store::{Filter, Query, TypedStore, Value};

use crate::records::occurrences::{Expansion, Window};
use crate::{App, AppError};

/// Ids in one query, well below what engines allow.
const IDS_A_QUERY: usize = 400;

/// Every live series matching the filters that may reach the window, ready to be expanded.
pub(super) async fn expansions(
    app: &App,
    filters: &[Filter],
    window: Window,
) -> Result<Vec<Expansion>, AppError> {
    let mut all = filters.to_vec();
    all.push(Filter::eq("span_class", SPAN_CLASS_SERIES));
    all.push(Filter::Lt("occupied_from", window.until.into()));
    all.push(Filter::Gte("recurrence_until", window.from.into()));
    let masters: Vec<Event> = app.store().all(Filter::All(all)).await?;
    with_exceptions(app, masters).await
}

/// These masters, each with the dates of its stored exceptions, removed ones included.
pub(super) async fn with_exceptions(app: &App, masters: Vec<Event>) -> Result<Vec<Expansion>, AppError> {
    let ids: Vec<Id> = masters.iter().map(|master| master.id).collect();
    let mut dates: BTreeMap<Id, Vec<Date>> = BTreeMap::new();
    for ids in ids.chunks(IDS_A_QUERY) {
        let filter = Filter::In("recurrence_master_id", ids.iter().copied().map(Value::Id).collect());
        let mut after = None;
        loop {
            let page = app.store().find(Query::of(&EVENTS, filter.clone()).after(after)).await?;
            for document in &page.documents {
                let stand_in: StandIn = serde_json::from_str(&document.json)
                    .map_err(|error| AppError::Internal(format!("event {}: {error}", document.id)))?;
                if let Some(date) = stand_in.original_date {
                    dates.entry(stand_in.recurrence_master_id).or_default().push(date);
                }
            }
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
    }
    let expand = |master: Event| {
        let taken = dates.remove(&master.id).unwrap_or_default();
        Expansion::new(master, taken)
    };
    Ok(masters.into_iter().map(expand).collect())
}

/// What an exception says of its place in the series.
#[derive(Deserialize)]
struct StandIn {
    recurrence_master_id: Id,
    original_date: Option<Date>,
}
