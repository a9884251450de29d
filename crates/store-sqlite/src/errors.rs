//! What SQLite reports, in the port's words: what was attempted, why it failed, what to do.

use rusqlite::ErrorCode;
use store::StoreError;

/// Why a read or a batch was not carried out.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The port's reason; the transaction goes on.
    Said(StoreError),
    /// SQLite failed; the transaction may be gone.
    Failed(rusqlite::Error),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Said(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl Refusal {
    /// The port's error. `attempted` continues "cannot …".
    pub(crate) fn said(self, attempted: &str) -> StoreError {
        match self {
            Self::Said(error) => error,
            Self::Failed(error) => from_sqlite(&error, attempted),
        }
    }
}

/// The port's error for one of SQLite's. `attempted` continues "cannot …".
pub(crate) fn from_sqlite(error: &rusqlite::Error, attempted: &str) -> StoreError {
    let unavailable = |reason: String| StoreError::Unavailable { reason };
    let unusable = |reason: String| StoreError::Unusable { reason };
    let unreadable = |reason: String| StoreError::Unreadable { reason };
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { reason: format!("cannot {attempted} ({error})") },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => unavailable(format!(
            "cannot {attempted}: another process has kept the store locked for too long. Wait for its work to end, \
             or stop it, then try again ({error})"
        )),
        Some(ErrorCode::DatabaseCorrupt) => unreadable(format!(
            "cannot {attempted}: the store file is damaged ({error}). Stop Callboard, keep a copy of the file, and \
             restore the latest backup"
        )),
        Some(ErrorCode::NotADatabase) => unreadable(format!(
            "cannot {attempted}: the file is no SQLite database ({error}). Name another file, or move this one away"
        )),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => unusable(format!(
            "cannot {attempted}: this user may not write the store file or its folder ({error}). Give the folder to \
             the user that runs Callboard"
        )),
        Some(ErrorCode::SystemIoFailure) => unavailable(format!(
            "cannot {attempted}: the disk reports an error ({error}). Check the disk, then start Callboard again"
        )),
        _ => unavailable(format!("cannot {attempted} ({error})")),
    }
}

/// Whether nothing more may be acknowledged after this error: what is on disk is no longer known.
pub(crate) fn is_fatal(error: &rusqlite::Error) -> bool {
    is_damage(error) || error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

/// Whether the file is damaged, or is no store any more.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether a write broke a unique index.
pub(crate) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
