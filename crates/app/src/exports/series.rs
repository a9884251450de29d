//! What a calendar file must know of occurrences that are not in it: the rule must not put one where something else
//! stands, or stood.

use std::collections::HashMap;

use ::exports::StoodIn;
use jiff::civil::Date;
use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::schema::Collection;
use serde::Deserialize;
use store::{Document, Filter, Value};

use super::{ExportSpec, Format};
use crate::{App, AppError};

#[derive(Deserialize)]
struct StandIn {
    recurrence_master_id: Option<Id>,
    original_date: Option<Date>,
    inherits_shared: Option<bool>,
    removed_at: Option<jiff::Timestamp>,
}

/// Dates of series on which an occurrence of its own stands that the file will not hold: it was removed, or the filters
/// leave it out. Empty for what is no calendar.
pub(super) async fn stood_in(app: &App, spec: &ExportSpec) -> Result<StoodIn, AppError> {
    if spec.format != Some(Format::Ics) {
        return Ok(StoodIn::new());
    }
    let mut all: HashMap<Id, (Id, Date)> = HashMap::new();
    let mut trouble = None;
    let exceptions = || Filter::Exists("recurrence_master_id", true);
    let mut everybodys = exceptions();
    if !spec.filters.user_ids.is_empty() {
        let ids = spec.filters.user_ids.iter().copied().map(Value::Id).collect();
        everybodys = everybodys.and(Filter::In("user_id", ids));
    }
    let note = |_: &'static Collection, documents: Vec<Document>| {
        for document in documents {
            match serde_json::from_str::<StandIn>(&document.json) {
                // What differs only inside is the rule's for a calendar.
                Ok(one) if one.inherits_shared == Some(true) && one.removed_at.is_none() => {}
                Ok(one) => {
                    let place = one.recurrence_master_id.zip(one.original_date);
                    all.extend(place.map(|place| (document.id, place)));
                }
                Err(_) => trouble = Some(document.id),
            }
        }
        trouble.is_none()
    };
    let everybodys = [&EVENTS, &EVENTS_ARCHIVE].map(|collection| (collection, everybodys.clone())).to_vec();
    app.store().stream_many(everybodys, Box::new(note)).await?;
    if let Some(id) = trouble {
        return Err(AppError::Internal(format!("event {id} is not as declared")));
    }
    let forget = |_: &'static Collection, documents: Vec<Document>| {
        documents.iter().for_each(|document| {
            all.remove(&document.id);
        });
        true
    };
    let written = spec.filter()?.and(exceptions());
    let written = [&EVENTS, &EVENTS_ARCHIVE].map(|collection| (collection, written.clone())).to_vec();
    app.store().stream_many(written, Box::new(forget)).await?;
    let mut stood_in = StoodIn::new();
    for (master, date) in all.into_values() {
        stood_in.entry(master).or_default().push(date);
    }
    Ok(stood_in)
}
