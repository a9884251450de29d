//! The file before SQLite sees it: it is made when missing, refused when it is something else or cut short, and, once it is
//! known to be ours, closed to everybody but its owner.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use store::StoreError;

use crate::gate::beside;
use crate::open::{unreadable, unusable};

/// Begins every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Begins a journal by which SQLite takes back a change that was cut short (sqlite.org/fileformat2.html).
const JOURNAL: &[u8; 8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";

/// The file itself, whatever leads to it: its gate, its log, and what is put in its place lie beside it, and not beside a
/// link to it.
pub(crate) fn resolved(path: &Path) -> Result<PathBuf, StoreError> {
    if let Ok(path) = std::fs::canonicalize(path) {
        return Ok(path);
    }
    std::path::absolute(path)
        .map_err(|error| unusable(format!("cannot use {} as store: {error}", path.display())))
}

/// Makes the folder and the file when missing; refuses what is no SQLite file.
pub(crate) fn prepare(path: &Path) -> Result<(), StoreError> {
    let cannot = |what: &str, error: std::io::Error| {
        unusable(format!(
            "cannot {what} {}: {error}. Give the folder to the user that runs Callboard, or name another one",
            path.display()
        ))
    };
    make_folder_of(path)?;
    match create_file(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(cannot("make the store", error)),
    }
    if path.is_dir() {
        return Err(unusable(format!("{} is a folder; name a file in it for the store", path.display())));
    }
    let mut head = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut head))
        .map_err(|error| cannot("read the store", error))?;
    // The power went while the file was made: SQLite takes back what is there of it.
    let is_taken_back = starts_with_journal(&beside(path, "-journal"));
    if !head.is_empty() && !is_taken_back && (head.len() < 100 || !head.starts_with(MAGIC)) {
        return Err(unreadable(format!(
            "{} is no SQLite database; it was not touched. Name another file for the store, or restore a backup if \
             this one was it",
            path.display()
        )));
    }
    if !is_taken_back && is_cut_short(path, &head) {
        return Err(unreadable(format!(
            "the store file {} is damaged: it ends in the middle of a page. Keep a copy of the file, and restore the \
             latest backup",
            path.display()
        )));
    }
    Ok(())
}

/// Lets only the owner read the file and what SQLite keeps beside it.
pub(crate) fn close_to_others(path: &Path) -> Result<(), StoreError> {
    ["", "-wal", "-shm"].iter().try_for_each(|suffix| tighten(&beside(path, suffix))).map_err(|error| {
        unusable(format!(
            "cannot keep others from reading the store {}: {error}. Give the folder to the user that runs Callboard, or \
             name another one",
            path.display()
        ))
    })
}

fn starts_with_journal(path: &Path) -> bool {
    let mut head = [0; JOURNAL.len()];
    std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut head).is_ok()) && &head == JOURNAL
}

/// Makes the folder of a store when it is missing.
pub(crate) fn make_folder_of(path: &Path) -> Result<(), StoreError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    create_folder(folder).map_err(|error| {
        unusable(format!(
            "cannot make the folder of {}: {error}. Give the folder to the user that runs Callboard, or name another one",
            path.display()
        ))
    })
}

/// Whether the file ends inside a page although no write-ahead log waits to complete it: SQLite itself would read the
/// missing bytes as zeros. A file that lacks whole pages it refuses by itself.
fn is_cut_short(path: &Path, head: &[u8]) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    // Bytes 16 and 17 are the size of a page, 1 for 65,536 (sqlite.org/fileformat2.html).
    let page_bytes = match head.get(16..18) {
        Some([0, 1]) => 65_536,
        Some([high, low]) => u64::from(*high) << 8 | u64::from(*low),
        _ => return false,
    };
    let log = beside(path, "-wal");
    length(&log) == 0 && page_bytes > 0 && !length(path).is_multiple_of(page_bytes)
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn create_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Takes away what others may do with the file; the store holds what people trust to it.
#[cfg(unix)]
fn tighten(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = match std::fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if mode & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), "others could read the store file: now only its owner can");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(not(unix))]
fn create_file(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(not(unix))]
fn tighten(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
