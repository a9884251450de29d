//! What a seed was begun with, as an entry of the audit log in the first commit: the same command goes on from there
//! after a crash, and another one is told what stands in its way.

use jiff::Timestamp;
use jiff::civil::Date;
use model::collections::USERS;
use model::documents::{AuditEntry, Record, UNSET, User};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Batch, TypedStore};

use super::{PEOPLE, RECORDS, SeedSpec, seed_id};
use crate::caller::Source;
use crate::{App, AppError};

/// Where the store is with a seed.
pub(super) struct Begun {
    /// The day its data are around.
    pub(super) day: Date,
    /// Whether some of it may be there.
    pub(super) again: bool,
    /// Whether all of it is there.
    pub(super) ended: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Numbers {
    users: u32,
    events: u64,
    years: u32,
    around: Date,
}

impl Begun {
    /// Goes on with this seed, or begins it on `today`. `seeded_before` when one of other numbers was begun.
    pub(super) async fn of(app: &App, spec: SeedSpec, today: Date) -> Result<Self, AppError> {
        if let Some(begun) = Self::found(app, spec).await? {
            return Ok(begun);
        }
        let begun = Self::new(spec, today);
        commit(app, spec, 0, "seed.begun", &numbers(spec, begun.day)).await?;
        Ok(begun)
    }

    /// One that is still to be begun, on `today`.
    pub(super) fn new(spec: SeedSpec, today: Date) -> Self {
        Self { day: spec.around.unwrap_or(today), again: false, ended: false }
    }

    /// This seed, if it was begun. `seeded_before` when one of other numbers was.
    pub(super) async fn found(app: &App, spec: SeedSpec) -> Result<Option<Self>, AppError> {
        let entry: Option<AuditEntry> = app.store().read(seed_id(spec.random_seed, RECORDS, 0)).await?;
        let Some(entry) = entry else {
            if app.store().read::<User>(seed_id(spec.random_seed, PEOPLE, 0)).await?.is_some() {
                return Err(refused(spec, ""));
            }
            return Ok(None);
        };
        let said = entry.changes.and_then(|changes| changes.get("seed")?.get("after").cloned());
        let begun: Option<Numbers> = said.and_then(|said| serde_json::from_value(said).ok());
        let Some(begun) = begun else { return Err(refused(spec, "")) };
        if numbers(spec, spec.around.unwrap_or(begun.around)) != begun {
            let Numbers { users, events, years, around } = begun;
            let with = format!("--users {users} --events {events} --years {years} --around {around}");
            return Err(refused(spec, &format!(", made with {with}: give the same to go on with it")));
        }
        let end: Option<AuditEntry> = app.store().read(seed_id(spec.random_seed, RECORDS, 1)).await?;
        Ok(Some(Self { day: begun.around, again: true, ended: end.is_some() }))
    }

    /// Notes that all is there.
    pub(super) async fn end(&self, app: &App, spec: SeedSpec) -> Result<(), AppError> {
        commit(app, spec, 1, "seed.ended", &numbers(spec, self.day)).await
    }
}

fn numbers(spec: SeedSpec, around: Date) -> Numbers {
    let SeedSpec { users, events, years, .. } = spec;
    Numbers { users, events, years, around }
}

fn refused(spec: SeedSpec, with: &str) -> AppError {
    AppError::Conflict {
        code: "seeded_before",
        detail: format!(
            "data of random seed {} are here already{with}; or take another one",
            spec.random_seed
        ),
    }
}

async fn commit(
    app: &App,
    spec: SeedSpec,
    place: u64,
    action: &str,
    numbers: &Numbers,
) -> Result<(), AppError> {
    let changes: Value = json!({"seed": {"after": numbers}});
    let mut entry = AuditEntry {
        id: seed_id(spec.random_seed, RECORDS, place),
        user_id: None,
        actor_id: None,
        source: Source::Cli.word().to_owned(),
        action: action.to_owned(),
        collection: USERS.name.to_owned(),
        document_id: seed_id(spec.random_seed, PEOPLE, 0),
        changes: Some(changes),
        created_at: UNSET,
        updated_at: UNSET,
        revision: 0,
    };
    entry.touch(app.now());
    let mut batch = Batch::new();
    batch.insert(&entry)?;
    Ok(app.store().commit(batch).await?)
}

/// The moment at which all of a seed was made, as far as its documents say: midnight of its day, so that a continuation
/// makes the same.
pub(super) fn moment(day: Date) -> Timestamp {
    day.to_zoned(jiff::tz::TimeZone::UTC).map_or(UNSET, |zoned| zoned.timestamp())
}
