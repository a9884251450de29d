//! Counting anew how often categories and locations are used, for stores that were filled or repaired by other means.

use std::collections::{BTreeMap, BTreeSet};

use model::Id;
use model::collections::{CATEGORIES, EVENTS, LOCATIONS};
use model::documents::{Category, Event, Location};
use model::schema::Collection;
use store::{Batch, Filter, TypedStore, Value, Write};

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

/// The counts that are wrong.
pub(crate) async fn wrong(app: &App, owner: Option<Id>) -> Result<Vec<Wrong>, AppError> {
    let of_owner = |field| owner.map_or(Filter::All(Vec::new()), |owner| Filter::eq(field, owner));
    let mut tally = Tally::new();
    let mut failure = None;
    let each = |documents: Vec<store::Document>| {
        for document in documents {
            match document.typed::<Event>() {
                Ok(event) => tally.entry(event.user_id).or_default().add(None, Some(&event)),
                Err(error) => failure = Some(error),
            }
        }
        failure.is_none()
    };
    app.store().stream(&EVENTS, of_owner("user_id"), Box::new(each)).await?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    let categories: Vec<Category> = app.store().all(of_owner("user_id")).await?;
    let locations: Vec<Location> = app.store().all(of_owner("user_id")).await?;
    let categories = categories.into_iter().map(|one| Counted {
        id: one.id,
        owner: one.user_id,
        name: one.name,
        revision: one.revision,
        count: one.usage_count,
    });
    let locations = locations.into_iter().map(|one| Counted {
        id: one.id,
        owner: one.user_id,
        name: one.name,
        revision: one.revision,
        count: one.usage_count,
    });
    let mut found = corrections(&CATEGORIES, categories.collect(), &tally, |uses| &uses.categories);
    found.extend(corrections(&LOCATIONS, locations.collect(), &tally, |uses| &uses.locations));
    Ok(found)
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
