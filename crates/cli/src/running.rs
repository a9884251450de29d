//! Which processes live: what a killed one held is free at once, not only after its time is over.
//!
//! Work that only one process may do at a time is guarded by leases in the store, and a killed process cannot give its
//! leases back. So each process that takes leases holds the lock of a file of its own in a folder beside the store. The
//! system lets go of that lock when the process ends, however it ends. Whoever can take the lock of another's file knows
//! that the other is gone. One that ended well takes its file away; one that failed leaves it, since what it could not do may
//! have been to give its leases back. Where there is no such file (another machine, a disk without locks) leases end with their time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use app::App;
use app::lease::GIVEN_BACK;
use model::Entropy;
use model::collections::LEASES;
use model::documents::Lease;
use store::{Batch, Filter, StoreError, TypedStore, Value, Write};

use crate::ambient::SystemEntropy;
use crate::failure::Failure;
use crate::settings::Effective;
use crate::wiring;

static NAME: OnceLock<String> = OnceLock::new();
/// The file of this process, its lock for as long as it is open, and whether a lease could not be given back.
static OURS: Mutex<Option<(PathBuf, File, Arc<AtomicBool>)>> = Mutex::new(None);

/// The name of this process: its number, and a random part because numbers come back.
pub(crate) fn name() -> &'static str {
    NAME.get_or_init(|| {
        let mut random = [0; 8];
        SystemEntropy.fill(&mut random);
        format!("{}-{:016x}", std::process::id(), u64::from_be_bytes(random))
    })
}

/// Says that this process lives, before it takes leases, and frees what dead ones held.
pub(crate) async fn enter(settings: &Effective, app: &App) -> Result<(), Failure> {
    let folder = folder(settings)?;
    match announce(&folder) {
        Ok((path, file)) => {
            *OURS.lock().unwrap_or_else(PoisonError::into_inner) = Some((path, file, app.has_left_leases()));
        }
        Err(error) => tracing::debug!(%error, "no sign of life could be left; leases end with their time"),
    }
    free_dead(settings, app).await;
    Ok(())
}

/// Frees the leases of processes that are gone.
pub(crate) async fn free_dead(settings: &Effective, app: &App) {
    let Ok(folder) = folder(settings) else { return };
    for path in dead(&folder) {
        let (Some(process), Ok(file)) = (path.file_name().and_then(|name| name.to_str()), File::open(&path))
        else {
            continue;
        };
        // The lock is held until the leases are free: a process of this name cannot come to life meanwhile.
        if file.try_lock().is_err() {
            continue;
        }
        match free_leases_of(app, process).await {
            Ok(freed) => {
                if freed > 0 {
                    tracing::info!(process, freed, "a process is gone; what it held is free again");
                }
                let _ = std::fs::remove_file(&path);
            }
            Err(error) => tracing::warn!(process, %error, "the leases of a dead process end with their time"),
        }
    }
}

/// Takes the file away at the end of a command, unless the next one has something to free.
pub(crate) fn leave(has_failed: bool) {
    if let Some((path, file, has_left_leases)) = OURS.lock().unwrap_or_else(PoisonError::into_inner).take() {
        if !has_failed && !has_left_leases.load(Ordering::Relaxed) {
            let _ = std::fs::remove_file(path);
        }
        drop(file);
    }
}

fn folder(settings: &Effective) -> Result<PathBuf, Failure> {
    let mut path = wiring::files_beside(settings)?.into_os_string();
    path.push(".running");
    Ok(path.into())
}

fn announce(folder: &Path) -> std::io::Result<(PathBuf, File)> {
    app::private_folder::make(folder)?;
    let path = folder.join(name());
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
    file.lock()?;
    Ok((path, file))
}

/// Files whose lock nobody holds.
fn dead(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let others = entries.flatten().map(|entry| entry.path()).filter(|path| !path.ends_with(name()));
    let is_free = |path: &PathBuf| {
        let Ok(file) = File::open(path) else { return false };
        !matches!(file.try_lock(), Err(TryLockError::WouldBlock | TryLockError::Error(_)))
    };
    others.filter(is_free).collect()
}

async fn free_leases_of(app: &App, process: &str) -> Result<usize, StoreError> {
    let now = app.now();
    let leases: Vec<Lease> = app.store().all(Filter::All(Vec::new())).await?;
    let held = leases.into_iter().filter(|lease| {
        lease.expires_at > now && lease.holder.split_once('/').is_some_and(|(holder, _)| holder == process)
    });
    let writes: Vec<Write> = held.map(|lease| free(&lease)).collect();
    let freed = writes.len();
    if freed > 0 {
        app.store().commit(Batch { writes }).await?;
    }
    Ok(freed)
}

fn free(lease: &Lease) -> Write {
    Write::Update {
        collection: &LEASES,
        filter: Filter::eq("name", lease.name.as_str())
            .and(Filter::eq("holder", lease.holder.as_str()))
            .and(Filter::eq("fence", lease.fence)),
        set: vec![("expires_at", Value::Instant(GIVEN_BACK))],
        add: Vec::new(),
        must_match: false,
    }
}
