//! Whether a document that seems to lead nowhere really does. A look collects ids first and meets references later; what is
//! made in between, or moves between the living events and the archive, seems to be missing. So both ends are read once
//! more, as of one moment.

use model::Id;
use model::collections::{EVENTS, EVENTS_ARCHIVE, named};
use store::{Filter, Query};

use super::Collected;
use crate::{App, AppError};

/// A document and what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Orphan {
    /// Its collection.
    pub(super) collection: &'static str,
    pub(super) id: Id,
    pub(super) revision: i64,
    /// The collection it leads to.
    pub(super) to: &'static str,
    /// The document that should be there.
    pub(super) parent: Id,
}

impl Orphan {
    /// Whether it is there as it was seen, and what it leads to is not.
    pub(super) async fn is_one(self, app: &App) -> Result<bool, AppError> {
        let (Some(own), Some(to)) = (named(self.collection), named(self.to)) else { return Ok(true) };
        let of = |collection, id| Query::of(collection, Filter::eq("_id", id)).limit(1);
        let mut queries = vec![of(own, self.id), of(to, self.parent)];
        if to.name == EVENTS.name {
            queries.push(of(&EVENTS_ARCHIVE, self.parent));
        }
        let pages = app.store().find_many(queries).await?;
        let Some((own, parents)) = pages.split_first() else { return Ok(false) };
        let is_as_seen = own.documents.first().is_some_and(|found| found.revision == self.revision);
        Ok(is_as_seen && parents.iter().all(|page| page.documents.is_empty()))
    }
}

/// Takes back what was only missing at the moment it was looked for; the rest is found.
pub(super) async fn confirm(app: &App, collected: &mut Collected) -> Result<(), AppError> {
    for finding in std::mem::take(&mut collected.orphans) {
        if collected.is_full() {
            collected.report.more += 1;
            continue;
        }
        let holds = match finding.orphan {
            Some(orphan) => orphan.is_one(app).await?,
            None => true,
        };
        if holds {
            collected.report.findings.push(finding);
        }
    }
    Ok(())
}
