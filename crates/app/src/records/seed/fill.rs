//! Brings a seed's documents into the store, commit by commit: each has the events and what they add to the counts of
//! categories and locations, so that the store is right after every one of them.

use std::collections::BTreeSet;

use model::collections::{EVENTS, EVENTS_ARCHIVE};
use model::documents::{Category, CategoryType, Location, Record, User};
use store::{Batch, Filter, StoreError, TypedStore, Value};
use tokio::task::JoinHandle;

use super::diary::Diary;
use super::events::{Maker, PART};
use super::world::House;
use super::{EVENTS_OF, HOUSE, people, seed_id, words};
use crate::records::names;
use crate::records::usage::Deltas;
use crate::{App, AppError};

/// Parts in one commit.
const PARTS_A_COMMIT: usize = 4;
/// Rooms in one commit.
const ROOMS_A_COMMIT: usize = 500;

/// Rooms and categories for all; those of the same name that are there already are used as they are.
pub(super) async fn houses(
    app: &App,
    seed: u64,
    houses: &[House],
    now: jiff::Timestamp,
) -> Result<(), AppError> {
    let for_all = || Filter::Eq("user_id", Value::Null);
    let mut count = 0;
    let mut id = || {
        count += 1;
        seed_id(seed, HOUSE, count)
    };
    let known: Vec<Category> = app.store().all(for_all()).await?;
    let known: BTreeSet<String> = known.into_iter().map(|category| category.name).collect();
    let mut batch = Batch::new();
    for mut category in words::categories(&mut id) {
        category.touch(now);
        if !known.contains(&category.name) {
            batch.insert(&category)?;
        }
    }
    app.store().commit(batch).await?;
    let known: Vec<Location> = app.store().all(for_all()).await?;
    let known: BTreeSet<String> = known.into_iter().map(|location| location.name).collect();
    let rooms = houses.iter().flat_map(|house| house.documents(&mut id));
    let missing: Vec<Location> = rooms.filter(|room| !known.contains(&room.name)).collect();
    for some in missing.chunks(ROOMS_A_COMMIT) {
        let mut batch = Batch::new();
        for room in some {
            let mut room = room.clone();
            room.touch(now);
            batch.insert(&room)?;
        }
        app.store().commit(batch).await?;
    }
    Ok(())
}

/// A person and their calendars.
pub(super) async fn person(
    app: &App,
    seed: u64,
    index: u64,
    user: &User,
    again: bool,
) -> Result<(), AppError> {
    if again && app.store().read::<User>(user.id).await?.is_some() {
        return Ok(());
    }
    let mut batch = Batch::new();
    batch.insert(user)?;
    for calendar in people::calendars(seed, index, user) {
        batch.insert(&calendar)?;
    }
    Ok(app.store().commit(batch).await?)
}

/// A person's events; answers how many were written. With `again` those that are there are left out. `heard` is told how
/// many more are in.
pub(super) async fn events(
    app: &App,
    diary: &Diary<'_>,
    seed: u64,
    again: bool,
    heard: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, AppError> {
    let mut written = 0;
    let place = EVENTS_OF + diary.person;
    let parts = if again { missing(app, diary, seed, heard).await? } else { parts(diary).collect() };
    // Events are made while those before them are written.
    let mut under_way = None;
    for some in parts.chunks(PARTS_A_COMMIT) {
        let mut batch = Batch::new();
        let mut deltas = Deltas::default();
        for event in some.iter().flat_map(|first| Maker::part(diary, seed, place, *first)) {
            batch.insert(&event)?;
            deltas.count(Some(&event), 1);
        }
        let count = u64::try_from(batch.writes.len()).unwrap_or_default();
        written += count;
        names::count(app, diary.user_id, &deltas, CategoryType::Internal, &mut batch).await?;
        finished(under_way.take(), heard).await?;
        let app = app.clone();
        under_way = Some((count, tokio::spawn(async move { app.store().commit(batch).await })));
    }
    finished(under_way, heard).await?;
    Ok(written)
}

/// The numbers of the first events of all parts.
fn parts(diary: &Diary<'_>) -> impl Iterator<Item = u64> + use<> {
    (0..diary.count).step_by(usize::try_from(PART).unwrap_or(usize::MAX))
}

/// Those parts that are not in the store. `heard` is told how many events are in those that are.
pub(super) async fn missing(
    app: &App,
    diary: &Diary<'_>,
    seed: u64,
    heard: &mut (dyn FnMut(u64) + Send),
) -> Result<Vec<u64>, AppError> {
    let mut missing = Vec::new();
    for first in parts(diary) {
        if is_there(app, seed_id(seed, EVENTS_OF + diary.person, first)).await? {
            heard(PART.min(diary.count - first));
        } else {
            missing.push(first);
        }
    }
    Ok(missing)
}

/// Whether the first event of a part is in the store: then all of them are, or were.
async fn is_there(app: &App, id: model::Id) -> Result<bool, AppError> {
    Ok(app.store().get(&EVENTS, id).await?.is_some() || app.store().get(&EVENTS_ARCHIVE, id).await?.is_some())
}

/// Waits for the commit of so many events.
async fn finished(
    under_way: Option<(u64, JoinHandle<Result<(), StoreError>>)>,
    heard: &mut (dyn FnMut(u64) + Send),
) -> Result<(), AppError> {
    let Some((count, commit)) = under_way else { return Ok(()) };
    commit.await.map_err(|error| AppError::Internal(format!("a commit of seed data: {error}")))??;
    heard(count);
    Ok(())
}
