//! What a failed store or provider means for whoever asked, in words that hold no internals.
//!
//! Edges translate [`AppError`] once; the store's and the provider's own errors are sorted here, so
//! that no edge has to know them.

use providers::contract::ProviderError;
use store::StoreError;

use crate::AppError;

/// When to try a provider again that did not say when itself.
const PROVIDER_RETRY_S: u64 = 30;
/// When to look again whether a restore has ended.
const RESTORE_RETRY_S: u64 = 30;

/// What the failure of a store or provider means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is.
    pub kind: FailureKind,
    /// What happened and what to do, fit for strangers.
    pub detail: String,
    /// When to try again, in seconds, where that is known.
    pub retry_after_s: Option<u64>,
}

/// Kinds of failures of a store or provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Somebody else changed the record meanwhile.
    Stale,
    /// Something with the same unique fields is there already.
    Duplicate,
    /// The store cannot be reached at present.
    StoreUnavailable,
    /// The disk is full.
    DiskFull,
    /// The provider cannot be reached at present, or asks to wait.
    ProviderUnavailable,
    /// The person must connect the provider again.
    Reconnect,
    /// The provider refused and will not change its mind.
    ProviderRefused,
    /// Ours to mend.
    Broken,
}

impl Failure {
    /// The failure behind this error, when a store or provider is behind it.
    pub fn of(error: &AppError) -> Option<Self> {
        match error {
            AppError::Store(error) => Some(Self::of_store(error)),
            AppError::Provider(error) => Some(Self::of_provider(error)),
            _ => None,
        }
    }

    fn of_store(error: &StoreError) -> Self {
        use FailureKind::{Broken, DiskFull, Duplicate, Stale, StoreUnavailable};
        let (kind, detail, retry_after_s) = match error {
            StoreError::Duplicate { fields, .. } => {
                (Duplicate, format!("there is already one with the same {}", fields.join(" and ")), None)
            }
            StoreError::RevisionMismatch { .. } | StoreError::ConditionFailed { .. } => {
                (Stale, "it was changed meanwhile; read it again and decide".to_owned(), None)
            }
            StoreError::Unavailable { reason } if reason == crate::presence::RESTORING => {
                (StoreUnavailable, format!("{reason}; try again when that has ended"), Some(RESTORE_RETRY_S))
            }
            StoreError::Unavailable { .. } => {
                (StoreUnavailable, "the store cannot be reached at present; try again".to_owned(), Some(2))
            }
            StoreError::MomentGone { .. } => (
                StoreUnavailable,
                "reading all of it took longer than the store keeps one moment; ask for less at once, or have the operator \
                 raise what the server's log names"
                    .to_owned(),
                None,
            ),
            StoreError::OutcomeUnknown { .. } => (
                StoreUnavailable,
                "it is not known whether the change was saved; read it again before repeating it".to_owned(),
                Some(2),
            ),
            StoreError::Full { .. } => {
                (DiskFull, "the server's disk is full; nothing was saved".to_owned(), None)
            }
            StoreError::Malformed { .. }
            | StoreError::Unsupported { .. }
            | StoreError::Unusable { .. }
            | StoreError::Unreadable { .. } => {
                (Broken, "something is broken on the server; its log says what".to_owned(), None)
            }
        };
        Self { kind, detail, retry_after_s }
    }

    fn of_provider(error: &ProviderError) -> Self {
        use FailureKind::{ProviderRefused, ProviderUnavailable, Reconnect};
        let (kind, detail, retry_after_s) = match error {
            ProviderError::Retry { after_ms, .. } => (
                ProviderUnavailable,
                "the calendar provider does not answer as it should at present; try again",
                Some(after_ms.map_or(PROVIDER_RETRY_S, |ms| ms.div_ceil(1_000))),
            ),
            ProviderError::AccessTokenRefused { .. } | ProviderError::Reconnect { .. } => {
                (Reconnect, "the calendar provider wants you to sign in again", None)
            }
            ProviderError::CursorGone { .. }
            | ProviderError::NotFound { .. }
            | ProviderError::GiveUp { .. } => {
                (ProviderRefused, "the calendar provider refused; the server's log says why", None)
            }
        };
        Self { kind, detail: detail.to_owned(), retry_after_s }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_internal_is_said() {
        let secret = "/var/lib/secret.db line 12";
        let errors = [
            AppError::Store(StoreError::Unavailable { reason: secret.into() }),
            AppError::Store(StoreError::OutcomeUnknown { reason: secret.into() }),
            AppError::Store(StoreError::Full { reason: secret.into() }),
            AppError::Store(StoreError::Unusable { reason: secret.into() }),
            AppError::Store(StoreError::Malformed { collection: "users", reason: secret.into() }),
            AppError::Provider(ProviderError::GiveUp { code: "x".into(), message: secret.into() }),
            AppError::Provider(ProviderError::Reconnect { code: "x".into(), message: secret.into() }),
        ];
        for error in errors {
            let failure = Failure::of(&error).unwrap();
            assert!(!failure.detail.contains("secret"), "{failure:?}");
        }
        assert_eq!(Failure::of(&AppError::NotSignedIn), None);
    }
}
