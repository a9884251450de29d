//! Fetching the file of an export.

use std::fs::{self, File};

use model::Id;
use model::documents::{AdminExport, ExportFormat, ExportStatus};

use super::{folder, look};
use crate::{App, AppError, Caller};

/// A file to be sent.
#[derive(Debug)]
pub struct Download {
    /// The file, opened for reading.
    pub file: File,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// A name for it: letters, digits, hyphens and dots.
    pub name: String,
    /// What it is, as a media type.
    pub media_type: &'static str,
}

/// Opens the file of an export that is completed.
///
/// # Errors
/// `not_found` for whoever did not ask for it, `export_not_ready` while it is written, `export_gone` when there is no file (any
/// more). That somebody fetched it stands in the log.
pub async fn open(app: &App, caller: &Caller, id: Id) -> Result<Download, AppError> {
    let export = look::own(app, caller, id).await?;
    if export.status == ExportStatus::Pending {
        let detail = "the export is not written yet; wait until it is completed".to_owned();
        return Err(AppError::Conflict { code: "export_not_ready", detail });
    }
    let (Some(stored), Some(sha256)) = (&export.file_path, &export.digest) else {
        return Err(gone("this export has no file (any more); ask for a new one"));
    };
    let path = folder::path(app, id, stored)
        .ok_or_else(|| AppError::Internal(format!("export {id} has a file name that is not one of ours")))?;
    let is_file = fs::symlink_metadata(&path).is_ok_and(|data| data.is_file());
    let file = if is_file { File::open(&path).ok() } else { None };
    let file = file.ok_or_else(|| {
        tracing::warn!(export_id = %id, "the file of an export is not in the exports folder");
        gone("the file is not in this server's exports folder; ask for a new export")
    })?;
    let size = file.metadata().map(|data| data.len()).unwrap_or_default();
    if export.file_size != i64::try_from(size).ok() {
        return Err(AppError::Internal(format!("the file of export {id} has another size than was written")));
    }
    tracing::info!(
        target: "audit", action = "export.downloaded", document_id = %id, actor_id = %caller.user_id,
        source = caller.source().word(), at = %app.now(),
    );
    let (sha256, name) = (sha256.clone(), file_name(&export, folder::ending(stored)));
    let media_type = if folder::is_sealed(stored) { SEALED } else { media_type(export.format) };
    Ok(Download { file, size, sha256, name, media_type })
}

fn gone(detail: &str) -> AppError {
    AppError::Conflict { code: "export_gone", detail: detail.to_owned() }
}

fn file_name(export: &AdminExport, ending: &str) -> String {
    let day = export.created_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let what = export.export_type.name().replace('_', "-");
    format!("callboard-{what}-{day}.{ending}")
}

/// What is encrypted has no type of its own.
const SEALED: &str = "application/octet-stream";

fn media_type(format: Option<ExportFormat>) -> &'static str {
    let Some(format) = format else { return "application/gzip" };
    match format {
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Ndjson => "application/x-ndjson",
        ExportFormat::Json => "application/json",
        ExportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ExportFormat::Ics => "text/calendar; charset=utf-8",
    }
}
