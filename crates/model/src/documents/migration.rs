//! An applied migration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record;
use crate::Id;
use crate::collections::SCHEMA_MIGRATIONS;

/// Which way a migration is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It is being applied.
    Up,
    /// It is being taken back.
    Down,
}

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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<Way>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<i64>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(SchemaMigration, SCHEMA_MIGRATIONS);
