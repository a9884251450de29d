//! Categories and locations are known by name: their counts move with events, and new names are learnt.
//!
//! A name counts for the owner's own record, else for the one that is for all. One that nobody knows yet becomes a
//! record of the owner's own, so that it is offered the next time.

use std::collections::BTreeMap;

use model::Id;
use model::collections::{CATEGORIES, EVENTS, LOCATIONS};
use model::documents::{Category, CategoryType, Location, Record};
use model::schema::Collection;
use store::{Batch, Filter, TypedStore, Value, Write};

use super::access::of_owner_or_all;
use super::usage::Deltas;
use crate::{App, AppError};

/// The colour of a category about which only the name is known.
pub(super) const LEARNT_COLOR: &str = "#6b7280";
/// Names in one query, well below what engines allow.
const NAMES_A_QUERY: usize = 400;

/// Adds to the batch what moves the counts of one owner's names. Unknown names are learnt as `learnt`; two that learn
/// the same name at once collide, and the second reads again.
pub async fn count(
    app: &App,
    owner: Id,
    deltas: &Deltas,
    learnt: CategoryType,
    batch: &mut Batch,
) -> Result<(), AppError> {
    let known: Vec<Category> = known(app, owner, &CATEGORIES, &deltas.categories).await?;
    let known = owners_first(known.into_iter().map(|one| (one.name, one.user_id, one.id)));
    for (name, delta) in &deltas.categories {
        match known.get(name) {
            Some((_, id)) => batch.writes.push(add(&CATEGORIES, *id, *delta)),
            None if *delta > 0 => {
                let mut category = Category::new(app.new_id(), Some(owner), name, LEARNT_COLOR, learnt);
                category.usage_count = *delta;
                category.touch(app.now());
                batch.insert(&category)?;
            }
            None => {}
        }
    }
    let known: Vec<Location> = self::known(app, owner, &LOCATIONS, &deltas.locations).await?;
    let known = owners_first(known.into_iter().map(|one| (one.name, one.user_id, one.id)));
    for (name, delta) in &deltas.locations {
        match known.get(name) {
            Some((_, id)) => batch.writes.push(add(&LOCATIONS, *id, *delta)),
            None if *delta > 0 => {
                let mut location = Location::named(app.new_id(), Some(owner), name);
                location.usage_count = *delta;
                location.touch(app.now());
                batch.insert(&location)?;
            }
            None => {}
        }
    }
    Ok(())
}

async fn known<R: Record + Send>(
    app: &App,
    owner: Id,
    collection: &'static Collection,
    deltas: &BTreeMap<String, i64>,
) -> Result<Vec<R>, AppError> {
    debug_assert_eq!(R::COLLECTION.name, collection.name);
    let mut found = Vec::new();
    let names: Vec<&String> = deltas.keys().collect();
    for names in names.chunks(NAMES_A_QUERY) {
        let names = names.iter().map(|name| Value::from(name.as_str())).collect();
        let filter = Filter::In("name", names).and(of_owner_or_all(owner));
        found.append(&mut app.store().all(filter).await?);
    }
    Ok(found)
}

/// By name: the owner's own record before the one that is for all.
fn owners_first(
    records: impl Iterator<Item = (String, Option<Id>, Id)>,
) -> BTreeMap<String, (Option<Id>, Id)> {
    let mut by_name: BTreeMap<String, (Option<Id>, Id)> = BTreeMap::new();
    for (name, owner, id) in records {
        let slot = by_name.entry(name).or_insert((owner, id));
        if owner.is_some() {
            *slot = (owner, id);
        }
    }
    by_name
}

fn add(collection: &'static Collection, id: Id, delta: i64) -> Write {
    Write::Update {
        collection,
        filter: Filter::eq("_id", id),
        set: Vec::new(),
        add: vec![("usage_count", delta)],
        must_match: true,
    }
}

/// How many of the owner's events use this category name; a record for all counts those of owners who have none of
/// their own, which [`recount`](fn@super::recount) sorts out, so that a new one begins at zero.
pub(super) async fn uses_of_category(app: &App, owner: Option<Id>, name: &str) -> Result<i64, AppError> {
    let fields = ["category", "categories", "internal_category"];
    uses(app, owner, Filter::Any(fields.map(|field| Filter::eq(field, name)).into())).await
}

/// How many of the owner's events are at this location.
pub(super) async fn uses_of_location(app: &App, owner: Option<Id>, name: &str) -> Result<i64, AppError> {
    uses(app, owner, Filter::eq("location", name)).await
}

async fn uses(app: &App, owner: Option<Id>, filter: Filter) -> Result<i64, AppError> {
    let Some(owner) = owner else { return Ok(0) };
    let live = Filter::eq("user_id", owner).and(filter).and(Filter::Exists("removed_at", false));
    let count = app.store().count(&EVENTS, live).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
