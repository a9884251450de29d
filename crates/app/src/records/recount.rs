//! Counting anew how often categories and locations are used, for stores that were filled or repaired by other means.

use std::collections::{BTreeMap, BTreeSet};

use model::Id;
use model::collections::{CATEGORIES, EVENTS, LOCATIONS};
use model::documents::{Category, Event, Location};
use model::schema::Collection;
use store::{Batch, Document, Filter, StoreError, Value, Write};

use super::usage::Deltas;
use crate::{App, AppError};

/// Corrections in one commit.
const WRITES_A_COMMIT: usize = 500;

/// Uses by owner and name.
type Tally = BTreeMap<Id, Deltas>;

/// A count that is wrong.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    /// Categories or locations.
    pub(crate) collection: &'static Collection,
    /// Of which document.
    pub(crate) id: Id,
    /// At which revision it was read.
    pub(crate) revision: i64,
    /// What it says.
    pub(crate) stored: i64,
    /// What it should say.
    pub(crate) right: i64,
}

/// Counts the uses of one person's categories and locations anew, or with `None` everybody's and those that are for
/// all. Answers how many counts were wrong.
pub async fn recount(app: &App, owner: Option<Id>) -> Result<usize, AppError> {
    let wrong = wrong(app, owner).await?;
    for some in wrong.chunks(WRITES_A_COMMIT) {
        let corrections = some.iter().map(|one| Write::Update {
            collection: one.collection,
            filter: Filter::eq("_id", one.id).and(Filter::eq("revision", one.revision)),
            set: vec![("usage_count", Value::Int(one.right))],
            add: Vec::new(),
            must_match: true,
        });
        app.store().commit(Batch { writes: corrections.collect() }).await?;
    }
    Ok(wrong.len())
}

/// The counts that are wrong. Names and events are read as of one moment: on a store in use every change of an event
/// between two would look like a wrong count. Where an engine has no such thing the names come first, so that a count that
/// was changed since has another revision and is not set.
pub(crate) async fn wrong(app: &App, owner: Option<Id>) -> Result<Vec<Wrong>, AppError> {
    let of_owner = || owner.map_or(Filter::All(Vec::new()), |owner| Filter::eq("user_id", owner));
    let mut read = Read::default();
    let mut failure = None;
    let each = |collection: &'static Collection, documents: Vec<Document>| {
        let outcome = documents.iter().try_for_each(|document| read.add(collection, document));
        failure = outcome.err();
        failure.is_none()
    };
    let all = [&CATEGORIES, &LOCATIONS, &EVENTS].map(|collection| (collection, of_owner()));
    app.store().stream_many(all.into(), Box::new(each)).await?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    let Read { categories, locations, tally } = read;
    let mut found = corrections(&CATEGORIES, categories, &tally, |uses| &uses.categories);
    found.extend(corrections(&LOCATIONS, locations, &tally, |uses| &uses.locations));
    Ok(found)
}

/// What was read: the names with their counts, and the uses.
#[derive(Default)]
struct Read {
    categories: Vec<Counted>,
    locations: Vec<Counted>,
    tally: Tally,
}

impl Read {
    fn add(&mut self, collection: &'static Collection, document: &Document) -> Result<(), StoreError> {
        if collection.name == CATEGORIES.name {
            let Category { id, user_id: owner, name, revision, usage_count: count, .. } = document.typed()?;
            self.categories.push(Counted { id, owner, name, revision, count });
        } else if collection.name == LOCATIONS.name {
            let Location { id, user_id: owner, name, revision, usage_count: count, .. } = document.typed()?;
            self.locations.push(Counted { id, owner, name, revision, count });
        } else {
            let event: Event = document.typed()?;
            self.tally.entry(event.user_id).or_default().add(None, Some(&event));
        }
        Ok(())
    }
}

struct Counted {
    id: Id,
    owner: Option<Id>,
    name: String,
    revision: i64,
    count: i64,
}

fn corrections(
    collection: &'static Collection,
    records: Vec<Counted>,
    tally: &Tally,
    names: impl Fn(&Deltas) -> &BTreeMap<String, i64>,
) -> Vec<Wrong> {
    let own: BTreeSet<(Id, &str)> =
        records.iter().filter_map(|record| Some((record.owner?, record.name.as_str()))).collect();
    let uses = |owner: &Id, name: &str| -> i64 {
        tally.get(owner).and_then(|uses| names(uses).get(name)).copied().unwrap_or_default()
    };
    let right = |record: &Counted| match &record.owner {
        Some(owner) => uses(owner, &record.name),
        // One that is for all counts for everybody who has none of this name.
        None => {
            let owners = tally.keys().filter(|owner| !own.contains(&(**owner, record.name.as_str())));
            owners.map(|owner| uses(owner, &record.name)).sum()
        }
    };
    let wrong = records.iter().filter(|record| record.count != right(record));
    wrong
        .map(|record| Wrong {
            collection,
            id: record.id,
            revision: record.revision,
            stored: record.count,
            right: right(record),
        })
        .collect()
}
