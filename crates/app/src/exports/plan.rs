//! What the command line's export would write: everything is read, and nothing is written.

use std::path::Path;

use serde::Serialize;

use super::elsewhere::check;
use super::write::{self, Watcher};
use super::{ExportSpec, write::failed};
use crate::partial_file::check_place;
use crate::{App, AppError, Caller};

/// A file that would be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedExport {
    /// Where.
    pub path: String,
    /// Whether one that is there would be replaced.
    pub replaces: bool,
    /// Records in it. A full backup has one more, the audit log's entry of the export itself.
    pub record_count: u64,
    /// Its size in bytes.
    pub file_size: u64,
}

/// Looks what [`super::to_path`] would write, by writing it to nowhere. `progress` hears how many records are in.
///
/// # Errors
/// Those of [`super::to_path`], as far as a look can say.
pub async fn plan(
    app: &App,
    caller: &Caller,
    spec: &ExportSpec,
    path: &Path,
    replace: bool,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<PlannedExport, AppError> {
    check(caller, spec, path, replace)?;
    check_place(path).map_err(|error| failed(path, &error.into()))?;
    let (record_count, file_size) = write::measure(app, spec, path, &mut Heard(progress)).await?;
    Ok(PlannedExport { path: path.display().to_string(), replaces: path.exists(), record_count, file_size })
}

/// Somebody who looks on and stops nothing.
struct Heard<'a>(&'a mut (dyn FnMut(u64) + Send));

impl Watcher for Heard<'_> {
    async fn written(&mut self, count: u64) -> Result<(), AppError> {
        (self.0)(count);
        Ok(())
    }

    async fn all_written(&mut self, count: u64) -> Result<(), AppError> {
        self.written(count).await
    }
}
