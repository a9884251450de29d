//! Writing the file of an export: document by document as of one moment, stopping when it is told to.

use std::io::{BufWriter, ErrorKind};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::exports::{ExportError, Sheet, Target};
use model::schema::Collection;
use store::Document;
use tokio::sync::watch;

use super::digested::Digested;
use super::{ExportSpec, Format, series};
use crate::backup::{self, Beside, How, Measure};
use crate::measured::Measured;
use crate::partial_file::{PartialFile, is_taken};
use crate::{App, AppError};

/// What a table is of, and how it is written.
type Table = (&'static Collection, Format);

/// A file that is whole and on disk, but not at its place yet.
pub(super) struct Written {
    pub(super) partial: PartialFile,
    pub(super) record_count: u64,
    pub(super) file_size: u64,
    pub(super) sha256: String,
}

/// Hears how many records are written, and says when to stop.
pub(super) trait Watcher {
    /// `Err` stops the writing with it. Called as often as it can be told; what it does is its own pace.
    async fn written(&mut self, count: u64) -> Result<(), AppError>;

    /// The same once all are written: what is left is the end of the file, which cannot be stopped.
    async fn all_written(&mut self, count: u64) -> Result<(), AppError>;
}

/// Writes the file of an export beside `path`; `how` is for full backups. `None` when it was stopped; then, as after an error, nothing is left of it.
pub(super) async fn write(
    app: &App,
    how: &How<'_>,
    spec: &ExportSpec,
    path: &Path,
    stop: &Arc<AtomicBool>,
    watcher: &mut impl Watcher,
) -> Result<Option<Written>, AppError> {
    let written = match spec.table() {
        Some(table) => table_file(app, spec, table, path, stop, watcher).await?,
        None => backup_file(app, how, path, stop, watcher).await?,
    };
    Ok(written.filter(|_| !stop.load(Ordering::Relaxed)))
}

async fn backup_file(
    app: &App,
    how: &How<'_>,
    path: &Path,
    stop: &Arc<AtomicBool>,
    watcher: &mut impl Watcher,
) -> Result<Option<Written>, AppError> {
    let (tell, told) = watch::channel(0_u64);
    let stopping = stop.clone();
    let mut go_on = move |count| {
        tell.send_replace(count);
        !stopping.load(Ordering::Relaxed)
    };
    let writing = backup::write_beside(app, path, app.now(), how, &mut go_on);
    let Beside { partial, documents, file_size, sha256 } = watched(writing, told, stop, watcher).await?;
    Ok(Some(Written { partial, record_count: documents, file_size, sha256 }))
}

async fn table_file(
    app: &App,
    spec: &ExportSpec,
    table: Table,
    path: &Path,
    stop: &Arc<AtomicBool>,
    watcher: &mut impl Watcher,
) -> Result<Option<Written>, AppError> {
    let partial = PartialFile::beside(path).map_err(|error| failed(path, &error.into()))?;
    let file = partial.writer().map_err(|error| failed(path, &error.into()))?;
    let file = Digested::of(file);
    let digest = file.digest();
    let out = Box::new(BufWriter::with_capacity(1 << 16, file));
    let Some((sheet, record_count)) = filled(app, spec, table, path, out, stop, watcher).await? else {
        return Ok(None);
    };
    let ended = tokio::task::spawn_blocking(move || {
        sheet.end()?;
        partial.sync()?;
        let (file_size, sha256) = digest.read();
        Ok(Written { partial, record_count, file_size, sha256 })
    });
    ended.await.map_err(|_| not_ended())?.map(Some).map_err(|error| failed(path, &error))
}

/// Writes the file of an export to nowhere. Answers how many records and how many bytes it would have.
pub(super) async fn measure(
    app: &App,
    spec: &ExportSpec,
    path: &Path,
    watcher: &mut impl Watcher,
) -> Result<(u64, u64), AppError> {
    let go_on = Arc::new(AtomicBool::new(false));
    let Some(table) = spec.table() else {
        let (tell, told) = watch::channel(0_u64);
        let mut heard = move |count| {
            tell.send_replace(count);
        };
        let measuring = backup::measure(app, path, None, &mut heard);
        let Measure { documents, file_size, .. } = watched(measuring, told, &go_on, watcher).await?;
        return Ok((documents, file_size));
    };
    let out = Measured::default();
    let size = out.size();
    let filled = filled(app, spec, table, path, Box::new(out), &go_on, watcher).await?;
    let (sheet, record_count) = filled.ok_or_else(not_ended)?;
    let ended = tokio::task::spawn_blocking(move || sheet.end());
    ended.await.map_err(|_| not_ended())?.map_err(|error| failed(path, &error))?;
    Ok((record_count, size.bytes()))
}

fn not_ended() -> AppError {
    AppError::Internal("the end of an export was not written".to_owned())
}

/// Brings every document into a sheet, as of one moment; its end is still to be written. `None` when it was stopped.
async fn filled(
    app: &App,
    spec: &ExportSpec,
    (collection, format): Table,
    path: &Path,
    out: Box<dyn Target>,
    stop: &AtomicBool,
    watcher: &mut impl Watcher,
) -> Result<Option<(Box<dyn Sheet>, u64)>, AppError> {
    let stood_in = series::stood_in(app, spec).await?;
    let mut sheet =
        ::exports::begin(format, collection, stood_in, out).map_err(|error| failed(path, &error))?;
    let (tell, told) = watch::channel(0_u64);
    let counted = told.clone();
    let (mut trouble, mut count) = (None, 0_u64);
    let each = |_: &'static Collection, documents: Vec<Document>| {
        for document in &documents {
            match sheet.add(&document.json) {
                Ok(has_entry) => count += u64::from(has_entry),
                Err(error) => {
                    trouble = Some(match error {
                        ExportError::Malformed(_) => {
                            AppError::Internal(format!("document {}: {error}", document.id))
                        }
                        error => failed(path, &error),
                    });
                    return false;
                }
            }
        }
        tell.send_replace(count);
        !stop.load(Ordering::Relaxed)
    };
    let streaming = app.store().stream_many(spec.sources()?, Box::new(each));
    watched(async { Ok(streaming.await?) }, told, stop, watcher).await?;
    if let Some(error) = trouble {
        return Err(error);
    }
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let record_count = *counted.borrow();
    watcher.all_written(record_count).await?;
    Ok(Some((sheet, record_count)))
}

/// Does the work, and lets the watcher hear what is told of it meanwhile. What the watcher refuses stops the work at its
/// next chunk.
async fn watched<T>(
    work: impl Future<Output = Result<T, AppError>>,
    mut told: watch::Receiver<u64>,
    stop: &AtomicBool,
    watcher: &mut impl Watcher,
) -> Result<T, AppError> {
    let mut work = pin!(work);
    let mut refused = None;
    let mut is_told = true;
    loop {
        tokio::select! {
            biased;
            changed = told.changed(), if is_told => match changed {
                Ok(()) if refused.is_none() => {
                    let count = *told.borrow_and_update();
                    refused = watcher.written(count).await.err();
                    if refused.is_some() {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
                Ok(()) => {}
                Err(_) => is_told = false,
            },
            ended = &mut work => return refused.map_or(ended, Err),
        }
    }
}

/// What is said when the file cannot be written.
pub(super) fn failed(path: &Path, error: &ExportError) -> AppError {
    let kind = if let ExportError::File(error) = error { Some(error.kind()) } else { None };
    if kind == Some(ErrorKind::AlreadyExists) {
        return is_taken(path);
    }
    if kind == Some(ErrorKind::WouldBlock) {
        let detail = format!("another export writes {} at present; wait for its end", path.display());
        return AppError::Conflict { code: "export_failed", detail };
    }
    let detail = format!("{} cannot be written: {error}. Nothing was left of it", path.display());
    AppError::Conflict { code: "export_failed", detail }
}
