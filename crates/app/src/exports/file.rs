//! An export as one file: written beside its place, synced, then put there. A file under its name is always whole.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};

use ::exports::ExportError;
use model::collections::ADMIN_EXPORTS;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Batch;

use super::ExportSpec;
use crate::accounts::audit::Entry;
use crate::{App, AppError, Caller};

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Documents in it.
    pub record_count: u64,
    /// Its size in bytes.
    pub file_size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Writes an export to `path`, as of one moment. A file that is there is only replaced with `replace`. `progress` hears
/// how many documents are in.
///
/// # Errors
/// `forbidden` for who is no administrator, `invalid_fields` for filters that make no sense, `conflict` when the file
/// is there already, `export_failed` when it cannot be written; then nothing is left of it.
pub async fn to_file(
    app: &App,
    caller: &Caller,
    spec: &ExportSpec,
    path: &Path,
    replace: bool,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Exported, AppError> {
    if !caller.is_admin() {
        return Err(AppError::Forbidden { reason: "exports are for administrators".to_owned() });
    }
    spec.collection()?;
    spec.filter()?;
    if !replace && path.exists() {
        let detail = format!(
            "{} is there already; choose another name, or say that it is to be replaced",
            path.display()
        );
        return Err(AppError::Conflict { code: "file_exists", detail });
    }
    let partial = Partial::beside(path)?;
    let record_count = write(app, spec, &partial, progress).await?;
    let (file_size, sha256) = partial.read_back().map_err(|error| failed(path, &error.into()))?;
    let mut batch = Batch::new();
    Entry::new("export.made", &ADMIN_EXPORTS, app.new_id())
        .caller(caller)
        .changes(json!({
            "export_type": {"after": spec.export_type}, "filters": {"after": spec.filters},
            "record_count": {"after": record_count}, "sha256": {"after": sha256},
        }))
        .add(app, &mut batch)?;
    app.store().commit(batch).await?;
    partial.put_at(path).map_err(|error| failed(path, &error.into()))?;
    Ok(Exported { record_count, file_size, sha256 })
}

async fn write(
    app: &App,
    spec: &ExportSpec,
    partial: &Partial,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, AppError> {
    let place = partial.path.as_path();
    let out =
        BufWriter::with_capacity(1 << 16, partial.open().map_err(|error| failed(place, &error.into()))?);
    let collection = spec.collection()?;
    let mut sheet =
        ::exports::begin(spec.format, collection, Box::new(out)).map_err(|error| failed(place, &error))?;
    let (mut count, mut trouble) = (0, None);
    let each = |documents: Vec<store::Document>| {
        for document in &documents {
            if let Err(error) = sheet.add(&document.json) {
                trouble = Some(error);
                return false;
            }
        }
        count += u64::try_from(documents.len()).unwrap_or_default();
        progress(count);
        true
    };
    app.store().stream(collection, spec.filter()?, Box::new(each)).await?;
    if let Some(error) = trouble {
        return Err(failed(place, &error));
    }
    sheet.end().map_err(|error| failed(place, &error))?;
    Ok(count)
}

/// The file while it is not whole. It goes when this does, unless it was put at its place.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn beside(path: &Path) -> Result<Self, AppError> {
        let name = path.file_name().ok_or_else(|| AppError::field("out", "must name a file"))?;
        let mut partial = std::ffi::OsString::from(".");
        partial.push(name);
        partial.push(".partial");
        Ok(Self { path: path.with_file_name(partial) })
    }

    /// What an export that was killed left behind is written over.
    fn open(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    /// Size and SHA-256 of what is on disk.
    fn read_back(&self) -> std::io::Result<(u64, String)> {
        let file = File::open(&self.path)?;
        file.sync_all()?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
        loop {
            let count = reader.read(&mut buffer)?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            hasher.update(bytes);
            size += u64::try_from(count).unwrap_or_default();
        }
        Ok((size, hex::encode(hasher.finalize())))
    }

    fn put_at(self, path: &Path) -> std::io::Result<()> {
        fs::rename(&self.path, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // After a success it is not there any more; after a failure the failure is what is told.
        let _ = fs::remove_file(&self.path);
    }
}

fn failed(path: &Path, error: &ExportError) -> AppError {
    let detail = format!("{} cannot be written: {error}. Nothing was left of it", path.display());
    AppError::Conflict { code: "export_failed", detail }
}
