//! The series that may have occurrences in a window, with the dates for which a document of its own stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::schema::Collection;
use serde::Deserialize;
use store::{Document, Filter, Order, Page, Query, Value};

use super::scan;
use crate::records::occurrences::{Compiled, Expansion, Window};
use crate::{App, AppError};

/// Ids in one query, well below what engines allow.
const IDS_A_QUERY: usize = 400;

/// Series in one reading where the archive is read too: moves of series between two readings could not be told from
/// series that are not there.
const MASTERS_AT_ONCE: u32 = 10_000;

/// Every series matching the filters that may reach the window and was not removed; with `archived` those in the archive
/// too.
pub(super) async fn reaching(
    app: &App,
    filters: &[Filter],
    window: Window,
    archived: bool,
) -> Result<Vec<Arc<Compiled>>, AppError> {
    let mut all = filters.to_vec();
    all.push(Filter::Any(scan::classes(true, false, 0, Some(window)).collect()));
    // The order in which they are found needs no sorting.
    let query = |collection| {
        Query::of(collection, Filter::All(all.clone())).sorted("occupied_from", Order::Ascending)
    };
    let queries = if archived {
        [&EVENTS, &EVENTS_ARCHIVE].map(|one| query(one).limit(MASTERS_AT_ONCE)).to_vec()
    } else {
        vec![query(&EVENTS)]
    };
    let pages = app.store().find_many(queries.clone()).await?;
    let (mut series, mut known) = (Vec::new(), BTreeSet::new());
    for (query, first) in queries.into_iter().zip(pages) {
        let is_archive = query.collection.name == EVENTS_ARCHIVE.name;
        for master in rest(app, query, first).await? {
            if known.insert(master.id) {
                series.push(app.series().of(master, is_archive)?);
            }
        }
    }
    Ok(series)
}

/// The stored exceptions of some series, removed ones included: first what to ask for, then what came back.
#[derive(Default)]
pub(super) struct StandIns {
    queries: Vec<Query>,
    dates: BTreeMap<Id, Vec<Date>>,
}

impl StandIns {
    /// Those that stand in for an occurrence of these masters that may reach the window. They are asked for by owner
    /// and date: in a window there are few, and the owners are few; the masters are many. With `archived` they are asked
    /// for in the archive too, whichever series these are: one may have moved since it was read.
    pub(super) fn within(window: Window, masters: &[Arc<Compiled>], archived: bool) -> Self {
        let owners: BTreeSet<Id> = masters.iter().map(|compiled| compiled.master().user_id).collect();
        let owners: Vec<Value> = owners.into_iter().map(Value::Id).collect();
        let reach = masters.iter().map(|compiled| compiled.reach()).max().unwrap_or_default();
        let bounds = dates_around(window, reach);
        let collections: &[&Collection] = if archived { &[&EVENTS, &EVENTS_ARCHIVE] } else { &[&EVENTS] };
        let queries = owners.chunks(IDS_A_QUERY).flat_map(|owners| {
            let of_these = bounds.iter().cloned().fold(Filter::In("user_id", owners.to_vec()), Filter::and);
            // The order in which they are found needs no sorting.
            collections.iter().map(move |collection| {
                Query::of(collection, of_these.clone()).sorted("original_date", Order::Ascending)
            })
        });
        Self { queries: queries.collect(), dates: BTreeMap::new() }
    }

    /// What to ask for.
    pub(super) fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// Takes the first page of each query, and asks for the others.
    pub(super) async fn read(
        &mut self,
        app: &App,
        pages: impl IntoIterator<Item = Page>,
    ) -> Result<(), AppError> {
        for (query, first) in std::mem::take(&mut self.queries).into_iter().zip(pages) {
            for document in rest(app, query, first).await? {
                let stand_in: StandIn = serde_json::from_str(&document.json)
                    .map_err(|error| AppError::Internal(format!("event {}: {error}", document.id)))?;
                if let Some(date) = stand_in.original_date {
                    self.dates.entry(stand_in.recurrence_master_id).or_default().push(date);
                }
            }
        }
        Ok(())
    }

    /// The series, without the dates that were found for it.
    pub(super) fn expand(&mut self, compiled: Arc<Compiled>) -> Expansion {
        let dates = self.dates.remove(&compiled.master().id).unwrap_or_default();
        Expansion::of(compiled, dates)
    }
}

/// The local dates, in any zone, of what starts within `reach` of the window.
fn dates_around(window: Window, reach: SignedDuration) -> [Filter; 2] {
    // No zone is a day away from UTC; a date that a zone has skipped is a day further.
    let reach = reach.saturating_add(SignedDuration::from_hours(48));
    let date = |instant: Result<Timestamp, jiff::Error>| {
        let date = instant.ok()?.to_zoned(TimeZone::UTC).date();
        // Texts of dates are in the order of time within these years.
        (0..=9_999).contains(&date.year()).then(|| date.to_string())
    };
    let first = date(window.from.checked_sub(reach)).unwrap_or_default();
    let last = date(window.until.checked_add(reach)).unwrap_or_else(|| "9999-12-31".to_owned());
    [Filter::Gte("original_date", Value::Text(first)), Filter::Lte("original_date", Value::Text(last))]
}

/// The documents of a first page and of all that follow it.
async fn rest(app: &App, query: Query, first: Page) -> Result<Vec<Document>, AppError> {
    let Page { mut documents, mut next } = first;
    while next.is_some() {
        let page = app.store().find(query.clone().after(next)).await?;
        documents.extend(page.documents);
        next = page.next;
    }
    Ok(documents)
}

/// What an exception says of its place in the series.
#[derive(Deserialize)]
struct StandIn {
    recurrence_master_id: Id,
    original_date: Option<Date>,
}
