//! Making a backup.

use std::io::{self, Write};
use std::path::Path;

use bson_form::Members;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use model::Id;
use model::collections::ADMIN_EXPORTS;
use model::schema::Collection;
use mongodump::archive::Writer;
use serde::Serialize;
use serde_json::json;
use store::{Batch, Document};

use super::manifest::{self, Manifest};
use super::proof::Proving;
use super::sealed::{Output, Recipient};
use super::tally::InOrder;
use super::{DATABASE, Origin, PRODUCT_VERSION, Progress, inspect};
use crate::accounts::audit::Entry;
use crate::migrations::{self, State, Status};
use crate::partial_file::{PartialFile, check_free, is_taken};
use crate::{App, AppError, Caller};

/// What is told of the server that was dumped: the tools look at it before they restore. The documents are as a 4.4
/// server writes them.
const SERVER_VERSION: &str = "4.4.0";

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// When.
    pub made_at: Timestamp,
    /// Documents in it, without the manifest.
    pub documents: u64,
    /// Its size in bytes.
    pub file_size: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// How a backup is made.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    /// Whether a file that is there is replaced.
    pub replace: bool,
    /// Whom it is encrypted to; in clear without.
    pub encrypt_to: Option<Recipient>,
    /// Whether it is read as a backup, every checksum and document, before it is put at its place. For one that is in clear:
    /// of an encrypted one that was done as it was written.
    pub read_back: bool,
}

/// What a backup is written with.
#[derive(Debug, Default)]
pub(crate) struct How<'a> {
    /// Whom it is encrypted to; in clear without.
    pub(crate) encrypt_to: Option<&'a Recipient>,
    /// The record of this very backup, which says that it is being made, and has no place in it.
    pub(crate) without_export: Option<Id>,
}

/// Writes a backup to `path`, where it appears when it is whole.
///
/// # Errors
/// `forbidden` for who is no administrator, `conflict` when the file is there already, or came meanwhile, or cannot be
/// written; then nothing is left of it.
pub async fn create(
    app: &App,
    caller: &Caller,
    path: &Path,
    options: &CreateOptions,
    progress: Progress<'_>,
) -> Result<Made, AppError> {
    check(caller, path, options)?;
    let made_at = app.now();
    let mut go_on = |count| {
        progress(count);
        true
    };
    let how = How { encrypt_to: options.encrypt_to.as_ref(), without_export: None };
    let Beside { partial, documents, file_size, sha256 } =
        write_beside(app, path, made_at, &how, &mut go_on).await?;
    if options.read_back && options.encrypt_to.is_none() {
        read_back(path, partial.path(), documents).await?;
    }
    // First the file, then the word that it is there.
    partial.put_at(path, options.replace).map_err(|error| failed(path, &error))?;
    let mut batch = Batch::new();
    Entry::new("backup.made", &ADMIN_EXPORTS, app.new_id())
        .caller(caller)
        .changes(json!({"documents": {"after": documents}, "sha256": {"after": sha256}}))
        .add(app, &mut batch)?;
    app.store().commit(batch).await?;
    Ok(Made { made_at, documents, file_size, sha256 })
}

/// Reads all of what is to stand at `path`, on a thread that may block.
async fn read_back(path: &Path, partial: &Path, documents: u64) -> Result<(), AppError> {
    let origin = Origin::from(partial);
    let contents = tokio::task::spawn_blocking(move || inspect(&origin, &mut |_| {}))
        .await
        .map_err(|error| AppError::Internal(format!("reading a backup back: {error}")))??;
    if contents.documents == documents {
        return Ok(());
    }
    Err(super::refused(format!(
        "{}: {documents} documents were written and {} are in it; nothing was left of it",
        path.display(),
        contents.documents
    )))
}

/// Whether it may be written there.
pub(super) fn check(caller: &Caller, path: &Path, options: &CreateOptions) -> Result<(), AppError> {
    if !caller.is_admin() {
        return Err(AppError::Forbidden { reason: "backups are for administrators".to_owned() });
    }
    check_free(path, options.replace)
}

/// A backup that is whole and on disk, but not at its place yet.
pub(crate) struct Beside {
    pub(crate) partial: PartialFile,
    pub(crate) documents: u64,
    pub(crate) file_size: u64,
    pub(crate) sha256: String,
}

/// Writes a backup beside `path`. `go_on` hears how many documents are in, and says whether to go on; one that is stopped
/// early is not whole, and whoever stops it throws it away.
pub(crate) async fn write_beside(
    app: &App,
    path: &Path,
    made_at: Timestamp,
    how: &How<'_>,
    go_on: &mut (dyn FnMut(u64) -> bool + Send),
) -> Result<Beside, AppError> {
    let partial = PartialFile::beside(path).map_err(|error| failed(path, &error))?;
    let out = partial.writer().and_then(|file| Output::new(file, how.encrypt_to));
    let out = out.map(|out| Proving::new(out, path, how.encrypt_to.is_some()));
    let out = out.map_err(|error| failed(path, &error))?;
    let Packed { documents, sha256: written, .. } =
        write(app, path, out, made_at, how.without_export, go_on).await?;
    let read = tokio::task::spawn_blocking(move || partial.read_back().map(|read| (partial, read)));
    let read = read.await.map_err(|error| AppError::Internal(format!("reading a backup back: {error}")))?;
    let (partial, (file_size, sha256)) = read.map_err(|error| failed(path, &error))?;
    if sha256 != written {
        return Err(super::refused(format!(
            "{}: what is on disk is not what was written; the disk is not to be trusted. Nothing was left of it",
            path.display()
        )));
    }
    Ok(Beside { partial, documents, file_size, sha256 })
}

/// What was written.
pub(super) struct Packed {
    pub(super) documents: u64,
    /// Documents of each collection, in the order of the backup.
    pub(super) counts: Vec<(String, u64)>,
    sha256: String,
}

/// Writes everything on `out`; `path` is what complaints name.
pub(super) async fn write<W: Write + Send + 'static>(
    app: &App,
    path: &Path,
    out: Proving<Output<W>>,
    made_at: Timestamp,
    without_export: Option<Id>,
    go_on: &mut (dyn FnMut(u64) -> bool + Send),
) -> Result<Packed, AppError> {
    let packed = GzEncoder::new(out, Compression::new(4));
    let mut writing = Writing::begin(packed, form(app).await).map_err(|error| failed(path, &error))?;
    let (mut done, mut trouble) = (0, None);
    let each = |collection: &'static Collection, documents: Vec<Document>| {
        let is_left_out = |document: &&Document| {
            collection.name == ADMIN_EXPORTS.name && without_export == Some(document.id)
        };
        for document in documents.iter().filter(|document| !is_left_out(document)) {
            if let Err(error) = writing.add(collection, document) {
                trouble = Some(error);
                return false;
            }
            done += 1;
        }
        go_on(done)
    };
    app.store().stream_many(super::everything(), Box::new(each)).await?;
    if let Some(error) = trouble {
        return Err(error.at(path));
    }
    let counted = writing.counted();
    let counts = counted.iter().map(|(name, count, _)| (name.clone(), *count)).collect();
    let manifest = Manifest::new(app.store().describe(), made_at, counted);
    let packed = writing.end(&manifest.to_bson(app.new_id())).map_err(|error| failed(path, &error))?;
    let proving = packed.finish().map_err(|error| failed(path, &error))?;
    let ended = tokio::task::spawn_blocking(move || proving.end()).await;
    let (out, found) = ended.map_err(|error| AppError::Internal(format!("proving a backup: {error}")))??;
    if found.is_some_and(|found| found.documents != done) {
        return Err(super::refused(format!("{}: not all that was written is in it", path.display())));
    }
    let sha256 = out.end().map_err(|error| failed(path, &error))?;
    Ok(Packed { documents: done, counts, sha256 })
}

/// Whether the documents have today's form, and pass its validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    AsDeclared,
    AsBefore,
}

async fn form(app: &App) -> Stored {
    let is_applied = |one: &Status| one.state == State::Applied;
    match migrations::status(app).await {
        Ok(all) if all.iter().all(is_applied) => Stored::AsDeclared,
        _ => Stored::AsBefore,
    }
}

/// An archive in the making: its collections in their order, each with its tally.
struct Writing<W: Write> {
    archive: Writer<W>,
    tallies: Vec<(&'static Collection, InOrder)>,
}

enum Trouble {
    File(io::Error),
    Document { collection: &'static str, reason: String },
}

impl Trouble {
    fn at(self, path: &Path) -> AppError {
        match self {
            Self::File(error) => failed(path, &error),
            Self::Document { collection, reason } => AppError::Conflict {
                code: "backup_failed",
                detail: format!(
                    "the backup was given up: {collection}: {reason}. `callboard doctor` says what to do"
                ),
            },
        }
    }
}

impl<W: Write> Writing<W> {
    fn begin(output: W, stored: Stored) -> io::Result<Self> {
        let tallies: Vec<_> =
            super::collections().map(|collection| (collection, InOrder::default())).collect();
        let plain = |name: &str, metadata| mongodump::Collection::plain(DATABASE, name, metadata);
        // mongorestore would make the validators first, and leave away what they refuse.
        let metadata = match stored {
            Stored::AsDeclared => bson_form::metadata,
            Stored::AsBefore => bson_form::metadata_without_validator,
        };
        let mut heads: Vec<_> =
            tallies.iter().map(|(collection, _)| plain(collection.name, metadata(collection))).collect();
        heads.push(plain(manifest::COLLECTION, String::new()));
        let tool = format!("callboard {PRODUCT_VERSION}");
        Ok(Self { archive: Writer::begin(output, SERVER_VERSION, &tool, heads)?, tallies })
    }

    fn add(&mut self, collection: &'static Collection, document: &Document) -> Result<(), Trouble> {
        let bson = bson_form::to_bson(collection, &document.json, Members::AsDeclared).map_err(|error| {
            let reason = format!("document {}: {error}", document.id);
            Trouble::Document { collection: collection.name, reason }
        })?;
        let position = self.tallies.iter().position(|(one, _)| one.name == collection.name);
        if let Some((_, tally)) = position.and_then(|position| self.tallies.get_mut(position)) {
            tally.add(bson.as_bytes());
        }
        self.archive.document(position.unwrap_or_default(), bson.as_bytes()).map_err(Trouble::File)
    }

    fn counted(&self) -> Vec<(String, u64, String)> {
        let counted = |(collection, tally): &(&'static Collection, InOrder)| {
            (collection.name.to_owned(), tally.count(), tally.sha256())
        };
        self.tallies.iter().map(counted).collect()
    }

    fn end(mut self, manifest: &[u8]) -> io::Result<W> {
        self.archive.document(self.tallies.len(), manifest)?;
        self.archive.end()
    }
}

pub(super) fn failed(path: &Path, error: &io::Error) -> AppError {
    let why = match error.kind() {
        io::ErrorKind::AlreadyExists => return is_taken(path),
        io::ErrorKind::WouldBlock => "another process is writing it".to_owned(),
        io::ErrorKind::StorageFull => format!("{error}. Free some space or choose another disk"),
        _ => error.to_string(),
    };
    let detail = format!("the backup {} cannot be written: {why}. Nothing was left of it", path.display());
    AppError::Conflict { code: "backup_failed", detail }
}
