//! Behaviours of Exchange that no document settles: each is a switch, and a client must survive all.

use serde::{Deserialize, Serialize};

/// The switches, with the likeliest behaviour as default. JSON of `/_sim/switches`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// What `If-Match` on an event does.
    pub if_match: IfMatch,
    /// What a second POST with a known `transactionId` and the same body does.
    pub repeated_transaction: RepeatedTransaction,
    /// What happens to exceptions when a series' time or pattern is changed.
    pub master_patch: MasterPatch,
    /// How a lost change-tracking state is reported.
    pub sync_state_lost: SyncStateLost,
    /// Whether a used refresh token stays good.
    pub refresh_rotation: RefreshRotation,
    /// Answers `organizer: null`, as some mailboxes do.
    pub organizer_null: bool,
    /// After a client's write, Exchange touches the item once more this many seconds later:
    /// another change key, the same content. Absent: it does not.
    pub post_process_bump_s: Option<u32>,
}

/// Modes of `If-Match`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfMatch {
    /// A stale tag answers 412.
    #[default]
    Honoured,
    /// The header is not looked at.
    Ignored,
    /// The first write to each version of an item answers 412, with or without the header.
    Spurious,
}

/// Modes of a repeated `transactionId`. Another body always answers 409.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedTransaction {
    /// 201 with the event that exists.
    #[default]
    Same,
    /// 409 `ErrorDuplicateTransactionId`.
    Conflict,
    /// 201 with a second event.
    New,
}

/// Fates of exceptions when the series changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MasterPatch {
    /// Exceptions and cancellations are forgotten.
    #[default]
    DropExceptions,
    /// They stay, by their original date.
    KeepExceptions,
}

/// Signals of a lost change-tracking state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStateLost {
    /// 410 `SyncStateNotFound`.
    #[default]
    Gone,
    /// 410 with a `Location` header whose token is empty.
    GoneWithLocation,
    /// 400 `syncStateNotFound`.
    BadRequest,
}

/// Refresh token rotation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshRotation {
    /// Each use gives a new one, the old one keeps working.
    #[default]
    Entra,
    /// Each use gives a new one, the old one is dead.
    Strict,
}
