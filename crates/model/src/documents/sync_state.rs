//! What sync remembers: links, cursors, held deletions, leases, logs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record;
use crate::Id;
use crate::collections::{HELD_DELETIONS, LEASES, SYNC_CURSORS, SYNC_LINKS, SYNC_LOGS};

/// A document of `sync_links`: one event to one provider item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct SyncLink {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub calendar_id: Id,
    pub event_id: Id,
    pub provider: String,
    pub provider_item_id: String,
    pub agreed: serde_json::Value,
    pub fingerprint: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(SyncLink, SYNC_LINKS);

/// A document of `sync_cursors`: how far a calendar was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct SyncCursor {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub calendar_id: Id,
    pub provider: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub is_final: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_until: Option<Timestamp>,
    pub compare_due: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_deletions: Option<bool>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(SyncCursor, SYNC_CURSORS);

/// How far held deletions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldState {
    /// A run collects them; it decides at its end.
    Collecting,
    /// They wait for a person.
    Waiting,
}

/// A document of `held_deletions`: deletions that wait for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct HeldDeletions {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub calendar_id: Id,
    pub provider: String,
    pub state: HeldState,
    pub event_ids: Vec<Id>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collected_ids: Vec<Id>,
    pub reason: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(HeldDeletions, HELD_DELETIONS);

/// A document of `leases`: who works on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct Lease {
    #[serde(rename = "_id")]
    pub id: Id,
    pub name: String,
    pub holder: String,
    pub fence: i64,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(Lease, LEASES);

/// Which way a sync went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum SyncType {
    OutlookToLocal,
    LocalToOutlook,
    GoogleSync,
}

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncLogStatus {
    /// All of it worked.
    Success,
    /// It did not come to its end.
    Error,
    /// It came to its end, but some events could not be synced.
    Partial,
}

/// Why one event could not be synced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncError {
    /// The provider's id of it; empty when it could not be read.
    pub event_id: String,
    /// What was attempted, why it failed, what to do.
    pub error_message: String,
    /// A stable code.
    pub error_code: String,
}

/// A document of `sync_logs`: what one run did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct SyncLog {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub sync_type: SyncType,
    pub status: SyncLogStatus,
    pub events_processed: i64,
    pub events_created: i64,
    pub events_updated: i64,
    pub events_deleted: i64,
    pub errors: Vec<SyncError>,
    pub started_at: Timestamp,
    pub completed_at: Timestamp,
    pub duration_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar_id: Option<Id>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(SyncLog, SYNC_LOGS);
