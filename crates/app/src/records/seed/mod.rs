//! Development data: houses with rooms, crew and clients around the world, people and their events, the same for the
//! same seed. What is made is described for users in `docs/operations/seeding.md`.

mod begun;
mod diary;
mod events;
mod fill;
mod people;
mod random;
mod series;
mod words;
mod world;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::Id;
use model::documents::User;
use sha2::{Digest, Sha256};

use crate::{App, AppError};
use begun::Begun;
use diary::Diary;
use world::House;

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedSpec {
    /// People, 1 to 10,000; the first is an administrator.
    pub users: u32,
    /// Events of all of them together, up to 10,000,000.
    pub events: u64,
    /// Years the events spread over, half of them past; 1 to 50.
    pub years: u32,
    /// The same number gives the same data around the same day, ids and times of change too.
    pub random_seed: u64,
    /// The day in the middle of the years. `None`: the day on which the seed was begun, else today.
    pub around: Option<Date>,
}

impl SeedSpec {
    /// Whether so much can be made. To be asked before a store is made for it; [`seed`] and [`plan`] ask too.
    ///
    /// # Errors
    /// `invalid_fields` with the first number that is out of its bounds.
    pub fn check(&self) -> Result<(), AppError> {
        if !(1..=10_000).contains(&self.users) {
            return Err(AppError::field("users", "1 to 10,000 people can be made."));
        }
        if self.events > 10_000_000 {
            return Err(AppError::field("events", "At most 10,000,000 events can be made."));
        }
        if !(1..=50).contains(&self.years) {
            return Err(AppError::field("years", "1 to 50 years can be filled."));
        }
        if self.around.is_some_and(|day| !(1970..=2200).contains(&day.year())) {
            return Err(AppError::field("around", "A day from 1970 to 2200 can be in the middle."));
        }
        Ok(())
    }
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// Mail addresses of the people, the administrator first.
    pub emails: Vec<String>,
    /// How many events.
    pub events: u64,
    /// How many of them had been there before, from a seed that was interrupted or had ended.
    pub before: u64,
    /// How many houses their rooms are in.
    pub houses: usize,
    /// The day in the middle of the years.
    pub around: Date,
}

/// Fills the store, or goes on where the same seed was interrupted. `progress` hears how many events of how many are
/// in. `seeded_before` when this random seed was begun with other numbers: nothing is written then.
pub async fn seed(
    app: &App,
    spec: SeedSpec,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Seeded, AppError> {
    spec.check()?;
    let begun = Begun::of(app, spec, app.now().to_zoned(TimeZone::UTC).date()).await?;
    let made = Made::of(spec, &begun);
    let mut seeded = made.seeded(0);
    if begun.ended {
        progress(spec.events, spec.events);
        return Ok(Seeded { before: spec.events, ..seeded });
    }
    fill::houses(app, spec.random_seed, &made.houses, made.now).await?;
    let mut done = 0;
    for index in 0..made.people() {
        let user = made.user(index);
        fill::person(app, spec.random_seed, index, &user, begun.again).await?;
        let diary = made.diary(index, &user);
        let mut heard = |more| {
            done += more;
            progress(done, spec.events);
        };
        let written = fill::events(app, &diary, spec.random_seed, begun.again, &mut heard).await?;
        seeded.before += diary.count - written;
    }
    begun.end(app, spec).await?;
    Ok(seeded)
}

/// Looks what [`seed`] would make: what is answered would be there afterwards. `None` is a store that is still to be made,
/// `today` the day on which a seed would begin.
pub async fn plan(app: Option<&App>, spec: SeedSpec, today: Date) -> Result<Seeded, AppError> {
    spec.check()?;
    let found = match app {
        Some(app) => Begun::found(app, spec).await?.map(|begun| (app, begun)),
        None => None,
    };
    let Some((app, begun)) = found else {
        return Ok(Made::of(spec, &Begun::new(spec, today)).seeded(0));
    };
    let made = Made::of(spec, &begun);
    if begun.ended {
        return Ok(made.seeded(spec.events));
    }
    let mut before = 0;
    for index in 0..made.people() {
        let diary = made.diary(index, &made.user(index));
        fill::missing(app, &diary, spec.random_seed, &mut |more| before += more).await?;
    }
    Ok(made.seeded(before))
}

/// All that a seed makes, before any of it is made.
struct Made {
    spec: SeedSpec,
    day: Date,
    now: Timestamp,
    days: u64,
    houses: Vec<House>,
}

impl Made {
    fn of(spec: SeedSpec, begun: &Begun) -> Self {
        let days = u64::from(spec.years) * 365;
        let houses = world::houses(spec.events, days, u64::from(spec.users));
        Self { spec, day: begun.day, now: begun::moment(begun.day), days, houses }
    }

    fn people(&self) -> u64 {
        u64::from(self.spec.users)
    }

    fn user(&self, index: u64) -> User {
        people::user(self.spec.random_seed, index, self.now)
    }

    fn diary(&self, person: u64, user: &User) -> Diary<'_> {
        let calendars = people::calendars(self.spec.random_seed, person, user);
        let (people, events) = (self.people(), self.spec.events);
        Diary {
            user_id: user.id,
            calendars: calendars.iter().map(|calendar| calendar.id).collect(),
            houses: &self.houses,
            person,
            people,
            first_day: self.day.saturating_sub(i64::try_from(self.days / 2).unwrap_or_default().days()),
            days: self.days,
            count: events / people + u64::from(person < events % people),
            now: self.now,
        }
    }

    fn seeded(&self, before: u64) -> Seeded {
        let emails = (0..self.people()).map(|index| self.user(index).email).collect();
        Seeded { emails, events: self.spec.events, before, houses: self.houses.len(), around: self.day }
    }
}

const PEOPLE: u64 = 1;
const HOUSE: u64 = 2;
const RECORDS: u64 = 3;
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
    fn what_cannot_be_made_is_known_without_a_store() {
        use jiff::civil::date;

        let fits = SeedSpec { users: 1, events: 0, years: 1, random_seed: 1, around: None };
        let most = SeedSpec {
            users: 10_000,
            events: 10_000_000,
            years: 50,
            around: Some(date(2200, 12, 31)),
            ..fits
        };
        assert_eq!((fits.check(), most.check()), (Ok(()), Ok(())));
        for (spec, field) in [
            (SeedSpec { users: 0, ..fits }, "users"),
            (SeedSpec { users: 10_001, ..fits }, "users"),
            (SeedSpec { events: 10_000_001, ..fits }, "events"),
            (SeedSpec { years: 0, ..fits }, "years"),
            (SeedSpec { years: 51, ..fits }, "years"),
            (SeedSpec { around: Some(date(1969, 12, 31)), ..fits }, "around"),
        ] {
            let Err(AppError::Invalid { errors, .. }) = spec.check() else { panic!("{spec:?}") };
            assert_eq!(errors[0].field, field);
        }
    }

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
