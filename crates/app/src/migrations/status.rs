//! Which migrations a store has: applied, pending, or left in the middle by a process that died.

use jiff::Timestamp;
use model::collections::{ALL, LEASES, SCHEMA_MIGRATIONS};
use model::documents::{SchemaMigration, Way};
use serde::Serialize;
use store::{Filter, Order, Query, Store, StoreError, TypedStore};

use super::{MIGRATIONS, Migration};
use crate::{App, AppError};

/// How far a migration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The store has the form it brings.
    Applied,
    /// It is not applied.
    Pending,
    /// It was begun and has not come to its end; `up` goes on with it.
    HalfApplied,
    /// Taking it back was begun and has not come to its end; `down` goes on with it.
    HalfTakenBack,
}

/// A migration and how far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: State,
    /// Whether it can be taken back.
    pub is_reversible: bool,
    /// When it was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Timestamp>,
    /// How many documents it has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<i64>,
}

impl Status {
    pub(super) fn of(migration: &Migration, record: Option<&SchemaMigration>) -> Self {
        let state = match record.map(|record| record.unfinished) {
            None => State::Pending,
            Some(None) => State::Applied,
            Some(Some(Way::Up)) => State::HalfApplied,
            Some(Some(Way::Down)) => State::HalfTakenBack,
        };
        Self {
            number: migration.number,
            name: migration.name.to_owned(),
            state,
            is_reversible: migration.is_reversible(),
            applied_at: record.filter(|_| state == State::Applied).map(|record| record.updated_at),
            changed: record.and_then(|record| record.changed),
        }
    }
}

/// Every migration this program knows. A store with one that it does not know, or one that was applied in another form,
/// is refused: nothing is read from such a store by guess.
pub async fn status(app: &App) -> Result<Vec<Status>, AppError> {
    status_of(app.store()).await
}

async fn status_of(store: &dyn Store) -> Result<Vec<Status>, AppError> {
    let records = records_of(store).await?;
    let of = |number| records.iter().find(|record| record.number == number);
    Ok(MIGRATIONS.iter().map(|migration| Status::of(migration, of(migration.number))).collect())
}

/// Those that are not applied, or not wholly.
pub async fn pending(app: &App) -> Result<Vec<Status>, AppError> {
    let all = status(app).await?.into_iter();
    Ok(all.filter(|one| one.state != State::Applied).collect())
}

/// Whether nothing is in the store that a migration could change: it gets today's form without anybody's word.
pub async fn is_new(app: &App) -> Result<bool, AppError> {
    is_new_store(app.store()).await
}

/// Whether nobody has ever worked with the store: nothing is in it, not even what a start writes down about its form.
///
/// # Errors
/// When the store fails.
pub async fn is_untouched(store: &dyn Store) -> Result<bool, AppError> {
    // One look at what every store in use has, before one at every collection.
    let first = Query::of(&SCHEMA_MIGRATIONS, Filter::All(Vec::new())).limit(1);
    Ok(store.find(first).await?.documents.is_empty() && is_new_store(store).await?)
}

/// Has the engine keep the collections as declared (validators, indexes), where that is this program's to say: in a new
/// store, and in one whose documents have the form this program knows. What waits for migrations is left as it is, since a
/// server of the version before may be at work on it.
///
/// # Errors
/// When the store has a form that this program does not know; then nothing was changed.
pub async fn prepare(store: &dyn Store) -> Result<(), AppError> {
    let is_todays = status_of(store).await?.iter().all(|one| one.state == State::Applied);
    if is_todays || is_new_store(store).await? {
        store.mend().await?;
    }
    Ok(())
}

async fn is_new_store(store: &dyn Store) -> Result<bool, AppError> {
    let own = [LEASES.name, SCHEMA_MIGRATIONS.name];
    let all = ALL.iter().filter(|collection| !own.contains(&collection.name));
    let first = |collection| Query::of(collection, Filter::All(Vec::new())).limit(1);
    let pages = store.find_many(all.map(|collection| first(collection)).collect()).await?;
    Ok(pages.iter().all(|page| page.documents.is_empty()))
}

/// Why a server should not work with this store at present, in a sentence fit for strangers; `None` when its form is
/// today's. A store without any migration is one that is just being made.
pub async fn what_is_pending(app: &App) -> Option<&'static str> {
    let Ok(all) = status(app).await else {
        return Some("the store has another form than this version knows; the server's log says which");
    };
    let is_applied = |one: &Status| one.state == State::Applied;
    let is_behind =
        all.iter().any(|one| !is_applied(one)) && all.iter().any(|one| one.state != State::Pending);
    is_behind.then_some("the store waits for migrations; the operator runs `callboard migrate up`")
}

/// What is written down about migrations, by number.
pub(super) async fn records(app: &App) -> Result<Vec<SchemaMigration>, AppError> {
    records_of(app.store()).await
}

async fn records_of(store: &dyn Store) -> Result<Vec<SchemaMigration>, AppError> {
    let query = Query::of(&SCHEMA_MIGRATIONS, Filter::All(Vec::new())).sorted("number", Order::Ascending);
    let (records, _): (Vec<SchemaMigration>, _) = store.list(query).await?;
    for record in &records {
        let known = MIGRATIONS.iter().find(|known| known.number == record.number);
        let reason = match known {
            None => format!(
                "the store has migration {} ({}), which this program does not know: it was written by a newer version. \
                 Use that version, take the migration back with it (`callboard migrate down`), or restore a backup made \
                 before the upgrade",
                record.number, record.name
            ),
            Some(known) if !known.is_known_as(&record.checksum) => format!(
                "migration {} ({}) was applied to this store in another form than this program has: a released migration \
                 is never edited. Use the version that applied it, or restore a backup made before",
                record.number, record.name
            ),
            Some(_) => continue,
        };
        return Err(AppError::Store(StoreError::Unusable { reason }));
    }
    Ok(records)
}
