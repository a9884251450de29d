//! Categories and locations are known by name: their counts move with events, and new names are learnt.
//!
//! A name counts for the owner's own record, else for the one that is for all. One that nobody knows yet becomes a
//! record of the owner's own, so that it is offered the next time. Where an own record comes, or gets another name, the uses
//! move between it and the one that is for all in the same commit, so that counts are at every moment what
//! [`recount`](fn@super::recount) would make them.

use std::collections::BTreeMap;

use model::Id;
use model::collections::EVENTS;
use model::documents::{Category, CategoryType, Location, User};
use model::schema::Collection;
use store::{Batch, Filter, TypedStore, Value, Write};

use super::access::{Owned, of_owner_or_all};
use super::usage::Deltas;
use crate::{App, AppError};

/// The colour of a category about which only the name is known.
pub(super) const LEARNT_COLOR: &str = "#6b7280";
/// Names in one query, well below what engines allow.
const NAMES_A_QUERY: usize = 400;

/// What is known by its name, and counts how many events say it.
pub(super) trait Counted: Owned {
    /// What events say.
    fn name(&self) -> &str;

    /// The record that is learnt from events of which so many say this name.
    fn learnt(app: &App, owner: Id, name: &str, kind: CategoryType, uses: i64) -> Self;

    /// Events that say one of these names.
    fn said_by(names: Vec<Value>) -> Filter;

    /// Whether some event, whoever's, may say one of these names: asked where that is quicker than to look through all
    /// events of one owner.
    fn may_be_said(names: Vec<Value>) -> Option<Filter>;
}

impl Counted for Category {
    fn name(&self) -> &str {
        &self.name
    }

    fn learnt(app: &App, owner: Id, name: &str, kind: CategoryType, uses: i64) -> Self {
        let mut category = Self::new(app.new_id(), Some(owner), name, LEARNT_COLOR, kind);
        category.usage_count = uses;
        category
    }

    fn said_by(names: Vec<Value>) -> Filter {
        let fields = ["category", "categories", "internal_category"];
        Filter::Any(fields.map(|field| Filter::In(field, names.clone())).into())
    }

    fn may_be_said(_: Vec<Value>) -> Option<Filter> {
        None
    }
}

impl Counted for Location {
    fn name(&self) -> &str {
        &self.name
    }

    fn learnt(app: &App, owner: Id, name: &str, _: CategoryType, uses: i64) -> Self {
        let mut location = Self::named(app.new_id(), Some(owner), name);
        location.usage_count = uses;
        location
    }

    fn said_by(names: Vec<Value>) -> Filter {
        Filter::In("location", names)
    }

    /// Of locations there are many, most of them said once.
    fn may_be_said(names: Vec<Value>) -> Option<Filter> {
        Some(Self::said_by(names))
    }
}

/// Adds to the batch what moves the counts of one owner's names. Unknown names are learnt as `learnt`; two that learn
/// the same name at once collide, and the second reads again.
pub async fn count(
    app: &App,
    owner: Id,
    deltas: &Deltas,
    learnt: CategoryType,
    batch: &mut Batch,
) -> Result<(), AppError> {
    count_some::<Category>(app, owner, &deltas.categories, learnt, batch).await?;
    count_some::<Location>(app, owner, &deltas.locations, learnt, batch).await
}

async fn count_some<R: Counted>(
    app: &App,
    owner: Id,
    deltas: &BTreeMap<String, i64>,
    kind: CategoryType,
    batch: &mut Batch,
) -> Result<(), AppError> {
    let known: Vec<R> = known(app, owner, deltas).await?;
    let known = owners_first(known.iter().map(|one| (one.name().to_owned(), one.owner(), one.id())));
    let is_new = |(name, delta): &(&String, &i64)| **delta > 0 && !known.contains_key(*name);
    let new: Vec<&str> = deltas.iter().filter(is_new).map(|(name, _)| name.as_str()).collect();
    let said = said_already::<R>(app, owner, &new).await?;
    for (name, delta) in deltas {
        match known.get(name) {
            Some((_, id)) => batch.writes.push(add(R::COLLECTION, *id, name, *delta)),
            None if *delta > 0 => {
                let before = said.get(name.as_str()).copied().unwrap_or_default();
                let mut record = R::learnt(app, owner, name, kind, before + delta);
                record.touch(app.now());
                batch.insert(&record)?;
            }
            None => {}
        }
    }
    Ok(())
}

/// Of names without a record, how many stored events of the owner say them: those that were left behind when a record
/// got another name. As a rule there are none.
async fn said_already<'a, R: Counted>(
    app: &App,
    owner: Id,
    names: &[&'a str],
) -> Result<BTreeMap<&'a str, i64>, AppError> {
    let mut said = BTreeMap::new();
    for names in names.chunks(NAMES_A_QUERY) {
        let values = || names.iter().map(|name| Value::from(*name)).collect::<Vec<_>>();
        if let Some(filter) = R::may_be_said(values())
            && app.store().count(&EVENTS, filter).await? == 0
        {
            continue;
        }
        if uses_of_owner(app, owner, R::said_by(values())).await? == 0 {
            continue;
        }
        for name in names {
            said.insert(*name, uses_of_owner(app, owner, R::said_by(vec![Value::from(*name)])).await?);
        }
    }
    Ok(said)
}

async fn known<R: Counted>(app: &App, owner: Id, deltas: &BTreeMap<String, i64>) -> Result<Vec<R>, AppError> {
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

/// Fails when the record has another name meanwhile, or is gone: the uses are another's then.
fn add(collection: &'static Collection, id: Id, name: &str, delta: i64) -> Write {
    Write::Update {
        collection,
        filter: Filter::eq("_id", id).and(Filter::eq("name", name)),
        set: Vec::new(),
        add: vec![("usage_count", delta)],
        must_match: true,
    }
}

/// How many events count for a record of this owner that gets this name. The batch takes as many off the one for all of
/// that name; it fails when that one changed meanwhile, and is made anew then.
pub(super) async fn taken_over<R: Counted>(
    app: &App,
    owner: Option<Id>,
    name: &str,
    batch: &mut Batch,
) -> Result<i64, AppError> {
    let Some(owner) = owner else { return uses_for_all::<R>(app, name).await };
    // Read before the events are counted: every one that comes later changes its revision.
    let for_all: Option<R> = for_all(app, name).await?;
    let uses = uses_of_owner(app, owner, R::said_by(vec![name.into()])).await?;
    if let Some(for_all) = for_all {
        let same = Filter::eq("_id", for_all.id()).and(Filter::eq("revision", for_all.revision()));
        batch.require(R::COLLECTION, same);
        if uses > 0 {
            batch.writes.push(add(R::COLLECTION, for_all.id(), name, -uses));
        }
    }
    Ok(uses)
}

/// What a record of this owner leaves to the one for all when it gets another name. Nothing changes those uses between this
/// and the commit without changing the record's own revision.
pub(super) async fn leave_behind<R: Counted>(
    app: &App,
    owner: Option<Id>,
    name: &str,
    batch: &mut Batch,
) -> Result<(), AppError> {
    let Some(owner) = owner else { return Ok(()) };
    let for_all: Option<R> = for_all(app, name).await?;
    let Some(for_all) = for_all else { return Ok(()) };
    let uses = uses_of_owner(app, owner, R::said_by(vec![name.into()])).await?;
    if uses > 0 {
        batch.writes.push(add(R::COLLECTION, for_all.id(), name, uses));
    }
    Ok(())
}

async fn for_all<R: Counted>(app: &App, name: &str) -> Result<Option<R>, AppError> {
    let filter = Filter::eq("name", name).and(Filter::Eq("user_id", Value::Null));
    Ok(app.store().first(filter).await?)
}

/// The uses of everybody who has none of this name: few, as names are learnt.
async fn uses_for_all<R: Counted>(app: &App, name: &str) -> Result<i64, AppError> {
    let same: Vec<R> = app.store().all(Filter::eq("name", name)).await?;
    let people: Vec<User> = app.store().all(Filter::All(Vec::new())).await?;
    let mut uses = 0;
    for person in people.iter().filter(|person| same.iter().all(|one| one.owner() != Some(person.id))) {
        uses += uses_of_owner(app, person.id, R::said_by(vec![name.into()])).await?;
    }
    Ok(uses)
}

async fn uses_of_owner(app: &App, owner: Id, said: Filter) -> Result<i64, AppError> {
    let live = Filter::eq("user_id", owner).and(said).and(Filter::Exists("removed_at", false));
    let count = app.store().count(&EVENTS, live).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
