//! How a command ends when it does not end well: a sentence and an exit code.

use std::process::ExitCode;

use app::AppError;
use store::StoreError;

use crate::settings::SettingsError;

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    code: u8,
    is_unreadable_store: bool,
}

impl Failure {
    /// It was tried and failed.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1, is_unreadable_store: false }
    }

    /// It was asked for in a wrong way, or the configuration is wrong.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2, is_unreadable_store: false }
    }

    /// Says it and gives the exit code.
    #[expect(clippy::print_stderr, reason = "this is where the command line speaks")]
    pub(crate) fn report(self) -> ExitCode {
        eprintln!("callboard: {}", self.sentence);
        ExitCode::from(self.code)
    }

    /// Whether there is a store that cannot be read, and may be put aside.
    pub(crate) fn is_unreadable_store(&self) -> bool {
        self.is_unreadable_store
    }

    /// What went wrong, in a sentence.
    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::usage(format!("the configuration cannot be used: {error}"))
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match &error {
            AppError::Store(StoreError::Unreadable { .. }) => {
                Self { is_unreadable_store: true, ..Self::failed(error.to_string()) }
            }
            AppError::Invalid { .. } | AppError::NotFound { .. } => Self::usage(error.to_string()),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let is_unreadable_store = matches!(error, StoreError::Unreadable { .. });
        Self { is_unreadable_store, ..Self::failed(error.to_string()) }
    }
}

impl From<simulators::StartError> for Failure {
    fn from(error: simulators::StartError) -> Self {
        Self::failed(error.to_string())
    }
}
