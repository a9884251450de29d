//! The command line's exports: written at once, to a place of its own.

use std::path::Path;

use model::documents::{AdminExport, ExportStatus};
use model::validate;
use serde::Serialize;
use store::Batch;

use super::ExportSpec;
use super::create::{only_admin, record, requested};
use super::run::{Job, LEASE_MS, Place, is_over, lease_name};
use crate::lease::Lease;
use crate::partial_file::check_free;
use crate::{App, AppError, Caller};

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Its record.
    pub export_id: model::Id,
    /// Records in it.
    pub record_count: u64,
    /// Its size in bytes.
    pub file_size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Writes an export to `path`, as of one moment. A file that is there is only replaced with `replace`. `progress` hears
/// how many records are in.
///
/// # Errors
/// `forbidden` for who is no administrator, `invalid_fields` for what makes no sense, `file_exists` when the file is
/// there already, or came meanwhile, `export_failed` when it cannot be written or somebody cancels it; then nothing is left
/// of it. Only when it is cancelled, or the store is lost, in the moment in which it is put at its place, it stays
/// there, and the error says so.
pub async fn to_path(
    app: &App,
    caller: &Caller,
    spec: &ExportSpec,
    path: &Path,
    replace: bool,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Exported, AppError> {
    check(caller, spec, path, replace)?;
    let id = app.new_id();
    let export = record(app, id, caller, spec, true)?;
    AppError::check(validate::record(&export))?;
    // The lease comes first: a record of ours that has none is one whose command has died.
    let lease = Lease::take(app, &lease_name(id), LEASE_MS).await?;
    let lease = lease.ok_or_else(|| AppError::Internal("the lease of a new export is taken".to_owned()))?;
    let made = written(app, caller, &lease, &export, (path, replace), progress).await;
    lease.release(app).await;
    let export = made?;
    match (export.status, export.record_count, export.file_size, export.digest) {
        (ExportStatus::Completed, Some(records), Some(size), Some(sha256)) => Ok(Exported {
            export_id: id,
            record_count: u64::try_from(records).unwrap_or_default(),
            file_size: u64::try_from(size).unwrap_or_default(),
            sha256,
        }),
        _ => {
            let detail = export.error_message.unwrap_or_else(|| "the export was ended".to_owned());
            Err(AppError::Conflict { code: "export_failed", detail })
        }
    }
}

/// Whether it may be written there.
pub(super) fn check(caller: &Caller, spec: &ExportSpec, path: &Path, replace: bool) -> Result<(), AppError> {
    only_admin(caller)?;
    spec.check()?;
    if path.file_name().is_none() {
        return Err(AppError::field("out", "must name a file"));
    }
    check_free(path, replace)
}

async fn written(
    app: &App,
    caller: &Caller,
    lease: &Lease,
    export: &AdminExport,
    (path, replace): (&Path, bool),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<AdminExport, AppError> {
    let mut batch = Batch::new();
    batch.insert(export)?;
    requested(app, caller, export, &mut batch)?;
    app.store().commit(batch).await?;
    let job = Job { app, lease, export };
    match job.begin().await {
        Err(error) if is_over(&error) => return job.as_it_is().await,
        begun => begun?,
    }
    job.produce(path, Place::Elsewhere { replace }, progress).await
}
