//! The series that may have occurrences in a window, with the dates for which a document of its own stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use model::Id;
use model::collections::EVENTS;
use model::documents::{Event, SPAN_CLASS_SERIES};
use serde::Deserialize;
use store::{Document, Filter, Page, Query, Value};

use crate::records::occurrences::{Compiled, Expansion, Window};
use crate::{App, AppError};

/// Ids in one query, well below what engines allow.
const IDS_A_QUERY: usize = 400;

/// Every live series matching the filters that may reach the window.
pub(super) async fn reaching(
    app: &App,
    filters: &[Filter],
    window: Window,
) -> Result<Vec<Arc<Compiled>>, AppError> {
    let mut all = filters.to_vec();
    all.push(Filter::eq("span_class", SPAN_CLASS_SERIES));
    all.push(Filter::Lt("occupied_from", window.until.into()));
    all.push(Filter::Gte("recurrence_until", window.from.into()));
    // In the order in which they are kept.
    let query = Query::of(&EVENTS, Filter::All(all)).sorted("occupied_from", store::Order::Ascending);
    let first = app.store().find(query.clone()).await?;
    let masters = rest(app, query, first).await?;
    Ok(masters.into_iter().map(|master| app.series().of(master)).collect::<Result<_, _>>()?)
}

/// This master with the dates of its stored exceptions, removed ones included.
pub(super) async fn expansion(app: &App, master: Event) -> Result<Expansion, AppError> {
    let compiled = Arc::new(Compiled::new(master));
    let mut exceptions = StandIns::of(std::slice::from_ref(&compiled));
    let pages = app.store().find_many(exceptions.queries().to_vec()).await?;
    exceptions.read(app, pages).await?;
    Ok(exceptions.expand(compiled))
}

/// The stored exceptions of some series, removed ones included: first what to ask for, then what came back.
pub(super) struct StandIns {
    queries: Vec<Query>,
    dates: BTreeMap<Id, Vec<Date>>,
}

impl StandIns {
    pub(super) fn of(masters: &[Arc<Compiled>]) -> Self {
        let ids: Vec<Value> = masters.iter().map(|compiled| Value::Id(compiled.master().id)).collect();
        let query = |ids: &[Value]| Query::of(&EVENTS, Filter::In("recurrence_master_id", ids.to_vec()));
        Self { queries: ids.chunks(IDS_A_QUERY).map(query).collect(), dates: BTreeMap::new() }
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
