//! Migrations of the stored form, numbered. So far there is the baseline: the collections as they are declared.

use model::collections::SCHEMA_MIGRATIONS;
use model::documents::{Record, SchemaMigration, UNSET};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Batch, Filter, Query, StoreError, TypedStore};

use crate::{App, AppError};

/// A step from one stored form to the next.
#[derive(Debug)]
pub struct Migration {
    /// Its number; they are applied in this order.
    pub number: i64,
    /// What it does, in a few words.
    pub name: &'static str,
}

/// All migrations this program knows.
pub static MIGRATIONS: &[Migration] = &[Migration { number: 1, name: "baseline" }];

/// An applied or pending migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// When it was applied; `None`: it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<jiff::Timestamp>,
}

/// What is applied and what is pending. A store with a migration this program does not know is refused.
pub async fn status(app: &App) -> Result<Vec<Status>, AppError> {
    let query =
        Query::of(&SCHEMA_MIGRATIONS, Filter::All(Vec::new())).sorted("number", store::Order::Ascending);
    let (applied, _): (Vec<SchemaMigration>, _) = app.store().list(query).await?;
    if let Some(newer) = applied.iter().find(|one| MIGRATIONS.iter().all(|known| known.number != one.number))
    {
        return Err(AppError::Store(StoreError::Unusable {
            reason: format!(
                "the store has migration {} ({}), which this program does not know: it was written by a newer version. \
                 Use that version, or restore a backup made before the upgrade",
                newer.number, newer.name
            ),
        }));
    }
    Ok(MIGRATIONS
        .iter()
        .map(|migration| Status {
            number: migration.number,
            name: migration.name.to_owned(),
            applied_at: applied.iter().find(|one| one.number == migration.number).map(|one| one.created_at),
        })
        .collect())
}

/// Applies what is pending, up to a number. Answers what was applied. Two that do it at once apply nothing twice.
pub async fn up(app: &App, to: Option<i64>) -> Result<Vec<Status>, AppError> {
    let pending = status(app).await?.into_iter().filter(|one| one.applied_at.is_none());
    let mut done = Vec::new();
    for mut migration in pending.filter(|one| to.is_none_or(|to| one.number <= to)) {
        let mut applied = SchemaMigration {
            id: app.new_id(),
            number: migration.number,
            name: migration.name.clone(),
            checksum: checksum(migration.number, &migration.name),
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        };
        applied.touch(app.now());
        let mut batch = Batch::new();
        batch.insert(&applied)?;
        match app.store().commit(batch).await {
            Ok(()) => {
                migration.applied_at = Some(applied.created_at);
                done.push(migration);
            }
            Err(StoreError::Duplicate { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(done)
}

fn checksum(number: i64, name: &str) -> String {
    let digest = Sha256::digest(format!("{number} {name}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
