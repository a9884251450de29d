//! Mending what is safe to mend: documents each in one commit with its audit entry, only if they are still as they were
//! seen; indexes and validators by the engine.

use jiff::Timestamp;
use model::Id;
use model::collections::named;
use serde::Serialize;
use serde_json::json;
use store::{Batch, Filter, StoreError, Value, Write};

use super::{Check, Report, layout};
use crate::accounts::audit::Entry;
use crate::{App, AppError, Caller};

/// How a finding is mended, at the revision at which it was seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mending {
    /// The document goes, if it still leads nowhere.
    Delete,
    /// The count is set.
    Count { revision: i64, right: i64 },
    /// The derived fields are set.
    Derived {
        revision: i64,
        occupied_from: Timestamp,
        occupied_until: Timestamp,
        span_class: i64,
        recurrence_until: Option<Timestamp>,
    },
}

/// What was mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// What kind of thing.
    pub check: Check,
    /// In which collection.
    pub collection: String,
    /// Which document; none where no document changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<Id>,
    /// What was done.
    pub done: String,
}

/// Mends what a look has found and what is safe to mend. What somebody has changed since is left for the next look.
pub async fn repair(app: &App, caller: &Caller, report: &Report) -> Result<Vec<Repaired>, AppError> {
    let mut all = Vec::new();
    for finding in &report.findings {
        let (Some(mending), Some(id)) = (&finding.mending, finding.document_id) else { continue };
        let Some(collection) = named(&finding.collection) else { continue };
        let at = |revision: i64| Filter::eq("_id", id).and(Filter::eq("revision", revision));
        let mut batch = Batch::new();
        let (action, done) = match mending {
            Mending::Delete => {
                let Some(orphan) = finding.orphan else { continue };
                // Of long looks much has changed by now. Nobody makes what a document leads to after the document, so that
                // from here on its revision is enough.
                if !orphan.is_one(app).await? {
                    continue;
                }
                batch.require(collection, at(orphan.revision));
                batch.delete(collection, at(orphan.revision));
                ("doctor.deleted", "deleted".to_owned())
            }
            Mending::Count { revision, right } => {
                let set = vec![("usage_count", Value::Int(*right))];
                let filter = at(*revision);
                batch.writes.push(Write::Update {
                    collection,
                    filter,
                    set,
                    add: Vec::new(),
                    must_match: true,
                });
                ("doctor.recounted", format!("counted anew: {right}"))
            }
            Mending::Derived { revision, occupied_from, occupied_until, span_class, recurrence_until } => {
                let set = vec![
                    ("occupied_from", Value::Instant(*occupied_from)),
                    ("occupied_until", Value::Instant(*occupied_until)),
                    ("span_class", Value::Int(*span_class)),
                    ("recurrence_until", recurrence_until.map_or(Value::Null, Value::Instant)),
                ];
                let filter = at(*revision);
                batch.writes.push(Write::Update {
                    collection,
                    filter,
                    set,
                    add: Vec::new(),
                    must_match: true,
                });
                ("doctor.derived", "derived anew".to_owned())
            }
        };
        Entry::new(action, collection, id)
            .caller(caller)
            .changes(json!({"doctor": {"before": finding.found, "after": done}}))
            .add(app, &mut batch)?;
        match app.store().commit(batch).await {
            Ok(()) => {
                let collection = finding.collection.clone();
                all.push(Repaired { check: finding.check, collection, document_id: Some(id), done });
            }
            Err(StoreError::ConditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    all.extend(layout::mend(app, report).await?);
    Ok(all)
}
