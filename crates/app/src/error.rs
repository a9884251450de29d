//! How a use case can fail. Edges translate this once: `api` into problem+json, `cli` into a sentence and an exit code.

use model::validate::FieldError;
use providers::contract::ProviderError;
use store::StoreError;

/// How a use case can fail.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AppError {
    /// Nobody is signed in, or the session or token is not valid any more.
    #[error("you are not signed in, or your session or token has ended")]
    NotSignedIn,
    /// The caller may not do this. Never used for a record of somebody else: that is [`AppError::NotFound`].
    #[error("{reason}")]
    Forbidden {
        /// What is missing, for example the scope of a token.
        reason: String,
    },
    /// It is not there, or not the caller's: the same answer for both.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for: `event`, `calendar`.
        what: &'static str,
    },
    /// The input is wrong; nothing was changed.
    #[error("{}", describe(errors))]
    Invalid {
        /// A stable code: `invalid_fields` unless something more exact fits.
        code: &'static str,
        /// What is wrong, field by field.
        errors: Vec<FieldError>,
    },
    /// The record was changed since the caller read it.
    #[error("the {what} was changed meanwhile; read it again and decide")]
    Stale {
        /// What was to be changed.
        what: &'static str,
    },
    /// It cannot be done in the present state.
    #[error("{detail}")]
    Conflict {
        /// A stable code.
        code: &'static str,
        /// What stands in the way and what to do.
        detail: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// A provider failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Something of ours is broken; the sentence is for logs, not for strangers.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl AppError {
    /// Wrong input in one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { code: "invalid_fields", errors: vec![FieldError::new(field, message)] }
    }

    /// Wrong input, unless there are no errors.
    pub fn check(errors: Vec<FieldError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self::Invalid { code: "invalid_fields", errors }) }
    }
}

fn describe(errors: &[FieldError]) -> String {
    let all: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
    all.join("; ")
}
