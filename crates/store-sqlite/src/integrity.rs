//! Whether the file is whole. A small file is checked fully before it is used; a large one is checked beside the
//! first reads and writes, so that a start stays fast; if damage is found nothing more is written.

use std::path::Path;
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, InterruptHandle};
use store::StoreError;

use crate::errors::{Refusal, from_sqlite, is_fatal};
use crate::writer::Broken;

/// Up to this size the whole file is checked before use (some tens of milliseconds).
const SMALL_BYTES: u64 = 16 << 20;

/// Checks a small file fully.
pub(crate) fn check_small(connection: &Connection, path: &Path) -> Result<(), Refusal> {
    if size(path) > SMALL_BYTES {
        return Ok(());
    }
    verdict(connection, "PRAGMA integrity_check(1)")?
        .map_or(Ok(()), |found| Err(damaged(path, &found).into()))
}

/// The check of a large file that runs beside the work.
pub(crate) struct LaterCheck {
    interrupt: InterruptHandle,
    thread: JoinHandle<()>,
}

impl LaterCheck {
    /// Starts it, if the file is large. What it finds ends writing.
    pub(crate) fn start(
        connect: impl FnOnce() -> Result<Connection, StoreError>,
        path: &Path,
        broken: Broken,
    ) -> Result<Option<Self>, StoreError> {
        if size(path) <= SMALL_BYTES {
            return Ok(None);
        }
        let connection = connect()?;
        let interrupt = connection.get_interrupt_handle();
        let path = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("store-check".to_owned())
            .spawn(move || check_large(&connection, &path, &broken))
            .map_err(|error| StoreError::Unavailable {
                reason: format!("cannot start the thread that checks the store: {error}"),
            })?;
        Ok(Some(Self { interrupt, thread }))
    }
}

impl Drop for LaterCheck {
    fn drop(&mut self) {
        // An interrupt that comes before the check has begun is forgotten: repeat it.
        while !self.thread.is_finished() {
            self.interrupt.interrupt();
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

fn check_large(connection: &Connection, path: &Path, broken: &Broken) {
    let error = match verdict(connection, "PRAGMA quick_check(1)") {
        Ok(None) => return tracing::info!("the store file is whole"),
        Ok(Some(found)) => damaged(path, &found),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => return,
        Err(error) if is_fatal(&error) => from_sqlite(&error, "check the store"),
        Err(error) => return tracing::warn!(%error, "the store file could not be checked"),
    };
    tracing::error!(%error, "the store file is damaged");
    let _ = broken.set(error);
}

fn verdict(connection: &Connection, pragma: &str) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row(pragma, [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

fn damaged(path: &Path, found: &str) -> StoreError {
    StoreError::Unreadable {
        reason: format!(
            "the store file {} is damaged ({found}). Stop Callboard, keep a copy of the file, and restore the latest \
             backup",
            path.display()
        ),
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}
