//! The gate of a store: everybody who has the file open is inside, and nobody is while the file is replaced by another.
//!
//! SQLite's own locks are on the file, which is what goes away. So the gate is the lock of a file beside it. The system
//! lets go of it when a process ends, however it ends. Where the disk has no locks there is no gate: opening works all
//! the same, replacing does not.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use store::StoreError;

use crate::open::unusable;

/// A place inside, or the gate shut behind oneself; until it is dropped.
pub(crate) struct Gate {
    _file: File,
}

impl Gate {
    /// Goes in, with others.
    pub(crate) fn shared(path: &Path) -> Result<Option<Self>, StoreError> {
        // A folder that is missing or closed is told by whoever opens the store itself.
        let Ok(file) = file(path) else { return Ok(None) };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable {
                reason: format!(
                    "the store {} is being replaced by a restore; wait until it has ended",
                    path.display()
                ),
            }),
            Err(TryLockError::Error(error)) => {
                tracing::debug!(%error, "the store's gate cannot be locked");
                Ok(None)
            }
        }
    }

    /// Shuts it, when nobody is inside.
    pub(crate) fn exclusive(path: &Path) -> Result<Self, StoreError> {
        let cannot = |error: std::io::Error| {
            unusable(format!(
                "the store {} cannot be replaced: its gate {} cannot be locked ({error}). Use a folder on a local disk",
                path.display(),
                beside(path, ".lock").display()
            ))
        };
        let file = file(path).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable {
                reason: format!(
                    "the store {} is in use by a server or another command. Stop it, then try again; nothing was changed",
                    path.display()
                ),
            }),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }
}

/// The file beside the store under this suffix.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(beside(path, ".lock"))
}
