//! An applied migration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record;
use crate::Id;
use crate::collections::SCHEMA_MIGRATIONS;

/// A document of `schema_migrations`: a migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct SchemaMigration {
    #[serde(rename = "_id")]
    pub id: Id,
    pub number: i64,
    pub name: String,
    pub checksum: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(SchemaMigration, SCHEMA_MIGRATIONS);
