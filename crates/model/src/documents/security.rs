//! Sessions, tokens, one-time codes, idempotency keys, the audit log.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::record;
use crate::Id;
use crate::collections::{API_TOKENS, AUDIT_LOG, IDEMPOTENCY_KEYS, ONE_TIME_CODES, SESSIONS};

/// A document of `sessions`: a browser that is signed in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct Session {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub digest: String,
    pub csrf_token: String,
    pub expires_at: Timestamp,
    pub last_used_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(Session, SESSIONS);

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Looking only.
    Read,
    /// Changing too.
    Write,
}

/// A document of `api_tokens`: a token for scripts.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct ApiToken {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub name: String,
    pub prefix: String,
    pub digest: String,
    pub scope: TokenScope,
    pub expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(ApiToken, API_TOKENS);

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiToken").field("id", &self.id).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// A document of `one_time_codes`: a code that works once.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct OneTimeCode {
    #[serde(rename = "_id")]
    pub id: Id,
    pub purpose: String,
    pub digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(OneTimeCode, ONE_TIME_CODES);

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimeCode").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// A document of `idempotency_keys`: an answer already given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct IdempotencyKey {
    #[serde(rename = "_id")]
    pub id: Id,
    pub user_id: Id,
    pub key: String,
    pub request_digest: String,
    pub document_id: Id,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(IdempotencyKey, IDEMPOTENCY_KEYS);

/// A document of `audit_log`: who changed what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the declaration documents every field")]
pub struct AuditEntry {
    #[serde(rename = "_id")]
    pub id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<Id>,
    pub source: String,
    pub action: String,
    pub collection: String,
    pub document_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<serde_json::Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: i64,
}
record!(AuditEntry, AUDIT_LOG);
