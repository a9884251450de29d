//! How a store file is opened.

use std::path::PathBuf;
use std::time::Duration;

use model::schema::Collection;

/// How a store file is opened. [`SqliteOptions::at`] has the usual values.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The file; it is created (only its owner may read it) with its folder when missing.
    pub path: PathBuf,
    /// How many reads run at once.
    pub readers: usize,
    /// How long a write waits for another process that is writing.
    pub busy_timeout: Duration,
    /// The largest size of the file in bytes; writes beyond it fail as on a full disk.
    pub max_size_bytes: Option<u64>,
    /// The collections that are kept.
    pub collections: &'static [&'static Collection],
}

impl SqliteOptions {
    /// The usual options for the file at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            readers: std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8),
            busy_timeout: Duration::from_secs(5),
            max_size_bytes: None,
            collections: model::collections::ALL,
        }
    }
}
