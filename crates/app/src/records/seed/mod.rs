//! Development data: a house with rooms, crew and clients, people and their events, the same for the same seed.

mod events;
mod random;
mod venues;

use jiff::ToSpan;
use jiff::tz::TimeZone;
use model::Id;
use model::collections::{CATEGORIES, LOCATIONS};
use model::documents::{Calendar, Category, CategoryType, Location, Record, Role, User};
use sha2::{Digest, Sha256};
use store::{Batch, Filter, StoreError, TypedStore, Value};
use tokio::task::JoinHandle;

use super::names;
use super::usage::Deltas;
use crate::{App, AppError};
use events::{Diary, Maker};

/// Events in one commit.
const EVENTS_A_COMMIT: usize = 2_000;
/// Most people the names allow to be told apart at a glance; more are numbered.
const CALENDARS: &[(&str, &str)] = &[("Bookings", "#1d4ed8"), ("House", "#0f766e")];

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedSpec {
    /// People, 1 to 10,000; the first is an administrator.
    pub users: u32,
    /// Events of all of them together, up to 10,000,000.
    pub events: u64,
    /// Years the events spread over, half of them past; 1 to 50.
    pub years: u32,
    /// The same number gives the same data on the same day.
    pub random_seed: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Mail addresses of the people, the administrator first.
    pub emails: Vec<String>,
    /// How many events.
    pub events: u64,
}

/// Fills the store. `progress` hears how many events of how many are in. `seeded_before` when this seed's people are
/// there already: nothing is made twice.
pub async fn seed(
    app: &App,
    spec: SeedSpec,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Seeded, AppError> {
    check(spec)?;
    let first = seed_id(spec.random_seed, PEOPLE, 0);
    if app.store().read::<User>(first).await?.is_some() {
        return Err(AppError::Conflict {
            code: "seeded_before",
            detail: format!("the data of random seed {} is here already; take another one", spec.random_seed),
        });
    }
    house(app, spec.random_seed).await?;
    let mut emails = Vec::new();
    let mut made = 0;
    for index in 0..u64::from(spec.users) {
        let user = person(app, spec.random_seed, index);
        emails.push(user.email.clone());
        let diary = diary(app, spec, index, &user);
        let mut batch = Batch::new();
        batch.insert(&user)?;
        for (calendar, (id, (name, color))) in
            diary.calendars.iter().zip(CALENDARS).zip(0_u32..).map(|(pair, n)| (n, pair))
        {
            let mut document = Calendar::local(*id, user.id, name, color);
            document.is_primary = calendar == 0;
            document.touch(app.now());
            batch.insert(&document)?;
        }
        app.store().commit(batch).await?;
        fill(app, &diary, spec, index, &mut made, progress).await?;
    }
    Ok(Seeded { emails, events: made })
}

async fn fill(
    app: &App,
    diary: &Diary,
    spec: SeedSpec,
    index: u64,
    made: &mut u64,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), AppError> {
    let mut deltas = Deltas::default();
    let mut events = Maker::new(diary, spec.random_seed, EVENTS_OF + index).peekable();
    // Events are made while those before them are written.
    let mut under_way = None;
    while events.peek().is_some() {
        let mut batch = Batch::new();
        for event in events.by_ref().take(EVENTS_A_COMMIT) {
            batch.insert(&event)?;
            deltas.count(Some(&event), 1);
        }
        finished(under_way.take(), spec, made, progress).await?;
        let count = u64::try_from(batch.writes.len()).unwrap_or_default();
        let app = app.clone();
        let commit = tokio::spawn(async move { app.store().commit(batch).await });
        under_way = Some((count, commit));
    }
    finished(under_way, spec, made, progress).await?;
    let mut batch = Batch::new();
    names::count(app, diary.user_id, &deltas, CategoryType::Internal, &mut batch).await?;
    Ok(app.store().commit(batch).await?)
}

/// Waits for the commit of so many events.
async fn finished(
    under_way: Option<(u64, JoinHandle<Result<(), StoreError>>)>,
    spec: SeedSpec,
    made: &mut u64,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<(), AppError> {
    let Some((count, commit)) = under_way else { return Ok(()) };
    commit.await.map_err(|error| AppError::Internal(format!("a commit of seed data: {error}")))??;
    *made += count;
    progress(*made, spec.events);
    Ok(())
}

fn check(spec: SeedSpec) -> Result<(), AppError> {
    if !(1..=10_000).contains(&spec.users) {
        return Err(AppError::field("users", "1 to 10,000 people can be made."));
    }
    if spec.events > 10_000_000 {
        return Err(AppError::field("events", "At most 10,000,000 events can be made."));
    }
    if !(1..=50).contains(&spec.years) {
        return Err(AppError::field("years", "1 to 50 years can be filled."));
    }
    Ok(())
}

/// Rooms and categories for all; those of the same name that are there already are used as they are.
async fn house(app: &App, seed: u64) -> Result<(), AppError> {
    let mut count = 0;
    let mut id = || {
        count += 1;
        seed_id(seed, HOUSE, count)
    };
    let mut batch = Batch::new();
    for room in venues::ROOMS {
        let mut location: Location = room.document(id());
        location.touch(app.now());
        if app.store().count(&LOCATIONS, for_all(&location.name)).await? == 0 {
            batch.insert(&location)?;
        }
    }
    for mut category in venues::categories(&mut id) {
        category.touch(app.now());
        if app.store().first::<Category>(for_all(&category.name)).await?.is_none() {
            batch.insert(&category)?;
        }
    }
    debug_assert_eq!(Category::COLLECTION.name, CATEGORIES.name);
    Ok(app.store().commit(batch).await?)
}

fn for_all(name: &str) -> Filter {
    Filter::eq("name", name).and(Filter::Eq("user_id", Value::Null))
}

fn person(app: &App, seed: u64, index: u64) -> User {
    let at = |names: &[&'static str], index: u64| {
        let place = index.checked_rem(names.len() as u64).unwrap_or_default();
        names.get(usize::try_from(place).unwrap_or_default()).copied().unwrap_or_default()
    };
    let first = at(venues::FIRST_NAMES, index);
    // Every pair of names once before the first repeats.
    let last = at(venues::LAST_NAMES, index + index / venues::FIRST_NAMES.len() as u64);
    let pairs = (venues::FIRST_NAMES.len() * venues::LAST_NAMES.len()) as u64;
    let number = if index < pairs { String::new() } else { format!("{}", index / pairs + 1) };
    let ascii = |name: &str| name.to_lowercase().replace('á', "a");
    let email = match seed {
        1 => format!("{}.{}{number}@example.org", ascii(first), ascii(last)),
        seed => format!("{}.{}{number}@seed{seed}.example.org", ascii(first), ascii(last)),
    };
    let role = if index == 0 { Role::Admin } else { Role::User };
    let id = seed_id(seed, PEOPLE, index);
    let mut user = User::new(id, &format!("seed-{seed}-{index}"), &email, &format!("{first} {last}"), role);
    user.touch(app.now());
    user
}

fn diary(app: &App, spec: SeedSpec, index: u64, user: &User) -> Diary {
    let users = u64::from(spec.users);
    let share = spec.events / users + u64::from(index < spec.events % users);
    let days = i64::from(spec.years) * 365;
    let today = app.now().to_zoned(TimeZone::UTC).date();
    let calendars =
        (0..CALENDARS.len() as u64).map(|place| seed_id(spec.random_seed, CALENDARS_OF + index, place));
    Diary {
        user_id: user.id,
        calendars: calendars.collect(),
        first_day: today.saturating_sub((days / 2).days()),
        days,
        count: share,
        now: app.now(),
    }
}

const PEOPLE: u64 = 1;
const HOUSE: u64 = 2;
const CALENDARS_OF: u64 = 1 << 32;
const EVENTS_OF: u64 = 1 << 33;

/// The id of the `index`-th document at a place of a seed.
fn seed_id(seed: u64, place: u64, index: u64) -> Id {
    let mut hash = Sha256::new();
    for number in [seed, place] {
        hash.update(number.to_be_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0; 12];
    for (byte, digest) in bytes.iter_mut().zip(digest) {
        *byte = digest;
    }
    // The last five bytes count, so that ids of one place are in order and never meet.
    for (byte, count) in bytes.iter_mut().rev().zip(index.to_le_bytes()).take(5) {
        *byte = count;
    }
    Id::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_do_not_meet() {
        let mut ids: Vec<Id> =
            (0..50).flat_map(|place| (0..300).map(move |index| seed_id(7, place, index))).collect();
        let in_order = ids.get(..300).unwrap().is_sorted();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), in_order), (15_000, true));
    }
}
