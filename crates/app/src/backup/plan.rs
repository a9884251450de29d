//! What a backup would be: everything is read and packed, and nothing is written.

use std::path::Path;

use serde::Serialize;

use super::create::{Packed, check, failed, write};
use super::proof::Proving;
use super::sealed::{Output, Recipient};
use super::{CreateOptions, Progress};
use crate::measured::Measured;
use crate::partial_file::check_place;
use crate::{App, AppError, Caller};

/// A backup that would be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedBackup {
    /// Where.
    pub path: String,
    /// Whether a file that is there would be replaced.
    pub replaces: bool,
    /// Documents in it, without the manifest.
    pub documents: u64,
    /// Its size in bytes, up to the few that its moment makes.
    pub file_size: u64,
    /// What is in it, collection by collection.
    pub collections: Vec<PlannedCollection>,
}

/// How much there would be of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedCollection {
    /// Its name.
    pub name: String,
    /// Documents in it.
    pub count: u64,
}

/// Looks what [`super::create()`] would write, by writing it to nowhere.
///
/// # Errors
/// Those of [`super::create()`], as far as a look can say.
pub async fn plan(
    app: &App,
    caller: &Caller,
    path: &Path,
    options: &CreateOptions,
    progress: Progress<'_>,
) -> Result<PlannedBackup, AppError> {
    check(caller, path, options)?;
    check_place(path).map_err(|error| failed(path, &error))?;
    let Measure { documents, file_size, counts } =
        measure(app, path, options.encrypt_to.as_ref(), progress).await?;
    let collections = counts.into_iter().map(|(name, count)| PlannedCollection { name, count }).collect();
    Ok(PlannedBackup {
        path: path.display().to_string(),
        replaces: path.exists(),
        documents,
        file_size,
        collections,
    })
}

/// How much a backup is.
pub(crate) struct Measure {
    pub(crate) documents: u64,
    pub(crate) file_size: u64,
    /// Documents of each collection.
    counts: Vec<(String, u64)>,
}

/// Packs everything and keeps only how much it is. `path` is what complaints name.
pub(crate) async fn measure(
    app: &App,
    path: &Path,
    encrypt_to: Option<&Recipient>,
    progress: Progress<'_>,
) -> Result<Measure, AppError> {
    let out = Measured::default();
    let size = out.size();
    let out = Output::new(out, encrypt_to).map_err(|error| failed(path, &error))?;
    let mut go_on = |count| {
        progress(count);
        true
    };
    let out = Proving::new(out, path, false);
    let Packed { documents, counts, .. } = write(app, path, out, app.now(), None, &mut go_on).await?;
    Ok(Measure { documents, file_size: size.bytes(), counts })
}
