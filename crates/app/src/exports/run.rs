//! One export from its lease to its end.

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures::FutureExt;
use jiff::Timestamp;
use model::Id;
use model::collections::{ADMIN_EXPORTS, LEASES};
use model::documents::{AdminExport, ExportStatus, ExportType, User};
use serde_json::json;
use store::{Batch, Filter, StoreError, TypedStore, Value, Write};

use super::create::tell;
use super::write::{self, Watcher, Written};
use super::{ExportSpec, folder};
use crate::accounts::audit::Entry;
use crate::accounts::sessions::after;
use crate::backup::How;
use crate::failure::Failure;
use crate::lease::{Lease, OF_EXPORT};
use crate::{App, AppError, private_folder};

/// How long a writer may stand still before another may take over, in milliseconds.
pub(super) const LEASE_MS: i64 = 60_000;
/// The same while the end is written, which takes long for a long workbook and cannot be told meanwhile.
const ENDING_MS: i64 = 900_000;
/// How often a server may die over one export.
const MOST_ATTEMPTS: i64 = 3;
/// Pause between two notes of how far it is.
const PACE_MS: i64 = 1_000;

/// The lease of an export.
pub(super) fn lease_name(id: Id) -> String {
    format!("{OF_EXPORT}{id}")
}

/// An export that nobody has ended.
pub(super) fn is_pending(id: Id) -> Filter {
    Filter::eq("_id", id).and(Filter::eq("status", "pending"))
}

/// Writes one export of the folder, if nobody else does. Answers how it ended; `None` when it is not ours to write.
pub(super) async fn run(app: &App, id: Id) -> Result<Option<AdminExport>, AppError> {
    let Some(lease) = Lease::take(app, &lease_name(id), LEASE_MS).await? else { return Ok(None) };
    let outcome = held(app, &lease, id).await;
    lease.release(app).await;
    outcome
}

async fn held(app: &App, lease: &Lease, id: Id) -> Result<Option<AdminExport>, AppError> {
    let Some(export) = waiting(app, id).await? else { return Ok(None) };
    let job = Job { app, lease, export: &export };
    if export.attempts.unwrap_or_default() >= MOST_ATTEMPTS {
        let reason = "It was begun several times, and each time the server or its store went away. Look into \
                      the server's log, then ask for a new export.";
        return job.fail(reason).await.map(Some);
    }
    if let Err(error) = job.may_go_on().await {
        return job.fail(&error.to_string()).await.map(Some);
    }
    let is_sealed = app.settings().backup_encrypt_to.is_some();
    let name = folder::name(id, lease.number(), export.format, is_sealed);
    match job.begin().await {
        // Cancelled between the two looks: the next in the queue is not held up by that.
        Err(error) if is_over(&error) => return job.as_it_is().await.map(Some),
        begun => begun?,
    }
    if let Err(error) = private_folder::make(folder::root(app)) {
        let reason = format!("The exports folder cannot be made: {error}. Make it, or set another data_dir.");
        return job.fail(&reason).await.map(Some);
    }
    job.produce(&folder::root(app).join(&name), Place::Kept(&name), &mut |_| {}).await.map(Some)
}

async fn waiting(app: &App, id: Id) -> Result<Option<AdminExport>, AppError> {
    let export: Option<AdminExport> = app.store().read(id).await?;
    Ok(export.filter(|export| export.status == ExportStatus::Pending))
}

/// What is said of a file elsewhere that was put at its place and could not be noted.
fn stays_there(path: &Path, why: &str) -> AppError {
    let path = path.display();
    let detail =
        format!("{why} {path} was put there just before, and is whole; remove it if it is not wanted");
    AppError::Conflict { code: "export_failed", detail }
}

/// Where the file of an export goes.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// Into the exports folder, under this name, which is its own.
    Kept(&'a str),
    /// Where the command line says.
    Elsewhere {
        /// Whether a file that is there is replaced.
        replace: bool,
    },
}

impl<'a> Place<'a> {
    fn kept(self) -> Option<&'a str> {
        match self {
            Self::Kept(name) => Some(name),
            Self::Elsewhere { .. } => None,
        }
    }
}

/// An export whose lease is held.
pub(super) struct Job<'a> {
    pub(super) app: &'a App,
    pub(super) lease: &'a Lease,
    pub(super) export: &'a AdminExport,
}

impl Job<'_> {
    /// Notes that it was begun once more.
    pub(super) async fn begin(&self) -> Result<(), AppError> {
        let mut batch = self.change(LEASE_MS, vec![("progress_count", Value::Int(0))]);
        if let Some(Write::Update { add, .. }) = batch.writes.first_mut() {
            add.push(("attempts", 1));
        }
        Ok(self.app.store().commit(batch).await?)
    }

    /// Writes the file, puts it at its place, and ends the record.
    ///
    /// # Errors
    /// When the store or the lease is lost: then the record waits for the next attempt. Whatever else goes wrong ends the
    /// record with the reason; an error besides only says what the record cannot, of a file elsewhere: that something else
    /// came to stand there, or that it stands there although it was cancelled.
    pub(super) async fn produce(
        &self,
        path: &Path,
        place: Place<'_>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<AdminExport, AppError> {
        let begun = self.app.exports().begin(self.export.id);
        let mut pace = Pace { job: self, last_ms: None, progress };
        let spec = ExportSpec::of(self.export);
        // What stays here is encrypted like the server's other backups; elsewhere it goes in clear, as `backup create` has it.
        let encrypt_to = self.app.settings().backup_encrypt_to.as_ref().filter(|_| place.kept().is_some());
        let how = How { encrypt_to, without_export: Some(self.export.id) };
        // A library that panics, as that of workbooks does on a full temporary folder, ends this export and no more.
        let writing = write::write(self.app, &how, &spec, path, &begun.stop, &mut pace);
        let written = AssertUnwindSafe(writing).catch_unwind().await.unwrap_or_else(|_| {
            Err(AppError::Internal(
                "an export ended in the midst of its writing; see what is said above".to_owned(),
            ))
        });
        match written {
            Ok(Some(written)) => self.complete(written, path, place).await,
            Ok(None) => self.as_it_is().await,
            Err(error) if is_over(&error) => self.as_it_is().await,
            Err(error) if is_passing(&error) => Err(error),
            Err(error) => self.fail(&said_of(path, place, &error)).await,
        }
    }

    async fn complete(
        &self,
        written: Written,
        path: &Path,
        place: Place<'_>,
    ) -> Result<AdminExport, AppError> {
        let Written { partial, record_count, file_size, sha256 } = written;
        let count = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        // Nothing makes place for an export that is over.
        match self.app.store().commit(self.change(LEASE_MS, Vec::new())).await.map_err(AppError::from) {
            Err(error) if is_over(&error) => return self.as_it_is().await,
            noted => noted?,
        }
        // First the file, then the word that it is there.
        let replace = !matches!(place, Place::Elsewhere { replace: false });
        if let Err(error) = partial.put_at(path, replace) {
            let error = write::failed(path, &error.into());
            let ended = self.fail(&said_of(path, place, &error)).await?;
            let is_taken = matches!(error, AppError::Conflict { code: "file_exists", .. });
            return if is_taken { Err(error) } else { Ok(ended) };
        }
        let mut set = vec![
            ("status", "completed".into()),
            ("completed_at", self.app.now().into()),
            ("record_count", count(record_count)),
            ("progress_count", count(record_count)),
            ("file_size", count(file_size)),
            ("digest", Value::Text(sha256.clone())),
        ];
        if let Some(name) = place.kept() {
            let keep_s = self.app.settings().export_keep_days * 86_400;
            set.push(("file_path", name.into()));
            set.push(("expires_at", after(self.app.now(), keep_s).into()));
        }
        let mut batch = self.change(LEASE_MS, set);
        let changes = json!({"record_count": {"after": record_count}, "sha256": {"after": sha256}});
        Entry::new("export.made", &ADMIN_EXPORTS, self.export.id)
            .changes(changes)
            .add(self.app, &mut batch)?;
        match self.app.store().commit(batch).await.map_err(AppError::from) {
            Ok(()) => self.as_it_is().await,
            // Somebody cancelled it or took over. Where it may be somebody's, the sweep decides.
            Err(error) if is_over(&error) => self.put_in_vain(path, place).await,
            // Of a file that stays here the record is the only word: the next attempt makes it anew.
            Err(error) if place.kept().is_some() => Err(error),
            Err(error) => Err(stays_there(path, &format!("The export could not be noted as made: {error}."))),
        }
    }

    /// The record was ended while the file was put at its place.
    async fn put_in_vain(&self, path: &Path, place: Place<'_>) -> Result<AdminExport, AppError> {
        if place.kept().is_some() {
            // Under its own name it is nobody's.
            let _ = fs::remove_file(path);
            return self.as_it_is().await;
        }
        // Elsewhere another may have made place for it already: rather this one than none.
        let ended = self.as_it_is().await?;
        let why = ended.error_message.unwrap_or_else(|| "The export was ended.".to_owned());
        Err(stays_there(path, &why))
    }

    /// Ends it with the reason.
    pub(super) async fn fail(&self, reason: &str) -> Result<AdminExport, AppError> {
        let reason: String = reason.chars().take(4_000).collect();
        let set = vec![
            ("status", "error".into()),
            ("completed_at", self.app.now().into()),
            ("error_message", Value::Text(reason)),
        ];
        let mut batch = self.change(LEASE_MS, set);
        Entry::new("export.failed", &ADMIN_EXPORTS, self.export.id).add(self.app, &mut batch)?;
        match self.app.store().commit(batch).await.map_err(AppError::from) {
            Err(error) if !is_over(&error) => Err(error),
            _ => self.as_it_is().await,
        }
    }

    /// The record as it stands now; open browsers hear of it.
    pub(super) async fn as_it_is(&self) -> Result<AdminExport, AppError> {
        let export: Option<AdminExport> = self.app.store().read(self.export.id).await?;
        // Deleted with whoever asked for it: there is nobody to tell.
        let Some(export) = export else {
            let reason = "It went with whoever asked for it.".to_owned();
            let status = ExportStatus::Error;
            return Ok(AdminExport { status, error_message: Some(reason), ..self.export.clone() });
        };
        tell(self.app, &export);
        Ok(export)
    }

    /// A change of the record that only happens while it is pending and its lease is ours.
    fn change(&self, lease_ms: i64, mut set: Vec<(&'static str, Value)>) -> Batch {
        set.push(("updated_at", self.app.now().into()));
        let update = Write::Update {
            collection: &ADMIN_EXPORTS,
            filter: is_pending(self.export.id),
            set,
            add: Vec::new(),
            must_match: true,
        };
        Batch { writes: vec![update, self.lease.fence(self.app, lease_ms)] }
    }

    /// Whether who asked for it still may: power that is gone is gone for work under way too.
    async fn may_go_on(&self) -> Result<(), AppError> {
        // The operator at the command line has no user of their own.
        if self.export.is_elsewhere == Some(true) {
            return Ok(());
        }
        let user: Option<User> = self.app.store().read(self.export.admin_user_id).await?;
        if user.is_some_and(|user| user.role == model::documents::Role::Admin && !user.is_disabled) {
            return Ok(());
        }
        let reason = "Whoever asked for this export is no administrator any more.".to_owned();
        Err(AppError::Forbidden { reason })
    }
}

/// Notes in the store how far an export is, not more often than somebody looks.
struct Pace<'a, 'b> {
    job: &'a Job<'a>,
    last_ms: Option<i64>,
    progress: &'b mut (dyn FnMut(u64) + Send),
}

impl Watcher for Pace<'_, '_> {
    async fn written(&mut self, count: u64) -> Result<(), AppError> {
        (self.progress)(count);
        let now_ms = self.job.app.now().as_millisecond();
        if self.last_ms.is_some_and(|last_ms| now_ms.saturating_sub(last_ms) < PACE_MS) {
            return Ok(());
        }
        // The end of a backup is not told apart from what is before it.
        let is_backup = self.job.export.export_type == ExportType::FullBackup;
        self.note(count, if is_backup { ENDING_MS } else { LEASE_MS }).await
    }

    async fn all_written(&mut self, count: u64) -> Result<(), AppError> {
        (self.progress)(count);
        self.note(count, ENDING_MS).await
    }
}

impl Pace<'_, '_> {
    async fn note(&mut self, count: u64, lease_ms: i64) -> Result<(), AppError> {
        let Job { app, export, .. } = *self.job;
        self.last_ms = Some(app.now().as_millisecond());
        self.job.may_go_on().await?;
        let progress_count = i64::try_from(count).unwrap_or(i64::MAX);
        let batch = self.job.change(lease_ms, vec![("progress_count", Value::Int(progress_count))]);
        app.store().commit(batch).await?;
        tell(app, &AdminExport { progress_count: Some(progress_count), ..export.clone() });
        Ok(())
    }
}

/// Whether the record was ended by somebody else, or its lease went to somebody else.
pub(super) fn is_over(error: &AppError) -> bool {
    matches!(
        error,
        AppError::Store(StoreError::ConditionFailed { collection })
            if *collection == ADMIN_EXPORTS.name || *collection == LEASES.name
    )
}

/// Whether another attempt may help.
fn is_passing(error: &AppError) -> bool {
    matches!(error, AppError::Store(StoreError::Unavailable { .. } | StoreError::OutcomeUnknown { .. }))
}

/// What the record says of a failure. Where the server keeps its files is nobody's business who reads the record; the
/// server's log has it. At the command line whoever reads it has named the file.
fn said_of(path: &Path, place: Place<'_>, error: &AppError) -> String {
    let said = said(error);
    let (Some(name), Some(folder)) = (place.kept(), path.parent()) else { return said };
    let (path, folder) = (path.display().to_string(), folder.display().to_string());
    if !said.contains(&folder) {
        return said;
    }
    tracing::error!(path, reason = said, "an export cannot be written");
    said.replace(&path, name).replace(&folder, "the exports folder")
}

/// What the record says of a failure: no internals of the store.
fn said(error: &AppError) -> String {
    if let AppError::Store(error @ StoreError::MomentGone { .. }) = error {
        tracing::error!(%error, "an export took too long");
    }
    Failure::of(error).map_or_else(|| error.to_string(), |failure| failure.detail)
}

/// Whether the lease of an export is held at this moment.
pub(super) async fn is_leased(app: &App, id: Id, now: Timestamp) -> Result<bool, AppError> {
    let lease: Option<model::documents::Lease> =
        app.store().first(Filter::eq("name", lease_name(id).as_str())).await?;
    Ok(lease.is_some_and(|lease| lease.expires_at > now))
}
