//! An export an administrator asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record;
use crate::Id;
use crate::collections::ADMIN_EXPORTS;

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportType {
    /// Events, perhaps narrowed by filters.
    Events,
    /// People, without their secrets.
    Users,
    /// Everything.
    FullBackup,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportStatus {
    /// It is being written or waits for that.
    Pending,
    /// The file is there.
    Completed,
    /// It failed; `error_message` says why.
    Error,
}

/// How the file of an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// RFC 4180, UTF-8, one line of heads. Texts that a spreadsheet would take for a formula begin with an apostrophe.
    Csv,
    /// One JSON object a line, as it is stored.
    Ndjson,
    /// One JSON object: `{"collection", "internal_fields", "items": [...]}`.
    Json,
    /// A workbook; a new sheet begins when one is full.
    Xlsx,
    /// A calendar (RFC 5545), for events: shared fields only, as such files are passed on.
    Ics,
}

impl ExportFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Ndjson, Self::Json, Self::Xlsx, Self::Ics];

    /// Its name, which is also how file names end.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
            Self::Ics => "ics",
        }
    }
}

impl ExportType {
    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Users => "users",
            Self::FullBackup => "full_backup",
        }
    }
}

/// What an export of events was narrowed to. An empty list narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportFilters {
    /// Events from here on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Timestamp>,
    /// Events before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Timestamp>,
    /// Of these people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<Id>,
    /// In these categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// At these locations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<String>,
}

/// A document of `admin_exports`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct AdminExport {
    #[serde(rename = "_id")]
    pub id: Id,
    pub admin_user_id: Id,
    pub export_type: ExportType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<ExportFilters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_count: Option<i64>,
    pub status: ExportStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<ExportFormat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_removed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_elsewhere: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    pub revision: i64,
}
record!(AdminExport, ADMIN_EXPORTS);
