//! A file in the making: written beside its place under a hidden name, synced, then put there. What stands under its
//! own name is always whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Whether a file can be begun for this place, as far as a look can say: it has a name, and its folder is there.
pub(crate) fn check_place(path: &Path) -> io::Result<()> {
    path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let is_folder = fs::metadata(folder_of(path))?.is_dir();
    if is_folder { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file while it is not whole. It goes when this does, unless it was put at its place.
#[derive(Debug)]
pub(crate) struct PartialFile {
    path: PathBuf,
    /// Locked for as long as it is open: two processes never write one file.
    file: File,
}

impl PartialFile {
    /// Begins the file that is to stand at `path`. What a process that was killed left behind is written over; what a
    /// living one writes is not touched (`ErrorKind::WouldBlock`).
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".partial");
        let path = path.with_file_name(hidden);
        let file = open_locked(&path)?;
        file.set_len(0)?;
        Ok(Self { path, file })
    }

    /// Takes away what processes that were killed left half in a folder, if it `is_wanted` by the name the whole file would
    /// have had. What is being written is locked, and stays. Answers how many there were.
    pub(crate) fn sweep(folder: &Path, is_wanted: &dyn Fn(&str) -> bool) -> usize {
        let Ok(entries) = fs::read_dir(folder) else { return 0 };
        let is_half = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let whole = name.strip_prefix('.').and_then(|name| name.strip_suffix(".partial"));
            whole.is_some_and(is_wanted)
        };
        let halves = entries.flatten().map(|entry| entry.path()).filter(is_half);
        let swept = halves.filter(|path| {
            let Ok(file) = OpenOptions::new().write(true).open(path) else { return false };
            // The lock is held while it goes, so that nobody begins to write on it meanwhile.
            file.try_lock().is_ok() && fs::remove_file(path).is_ok()
        });
        swept.count()
    }

    /// Where it is for now.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// To write on.
    pub(crate) fn writer(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// From now on it is safe on disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Syncs it, and reads its size and SHA-256 from what is there. Long for a long file.
    pub(crate) fn read_back(&self) -> io::Result<(u64, String)> {
        self.sync()?;
        let mut reader = BufReader::with_capacity(1 << 16, File::open(&self.path)?);
        let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
        loop {
            let count = reader.read(&mut buffer)?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            hasher.update(bytes);
            size += u64::try_from(count).unwrap_or_default();
        }
        Ok((size, hex::encode(hasher.finalize())))
    }

    /// Puts it at its place, which is as safe on disk as the file afterwards.
    pub(crate) fn put_at(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        File::open(folder_of(path))?.sync_all()
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        // After a success it is not there any more; after a failure the failure is what is told.
        let _ = fs::remove_file(&self.path);
    }
}

/// Opens the file with its lock. Between opening and locking another process may have put it at its place: then this is
/// another file's handle by now, and a new one is opened.
fn open_locked(path: &Path) -> io::Result<File> {
    for _ in 0..3 {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            // A disk without locks has none to respect.
            Ok(()) | Err(TryLockError::Error(_)) if is_still(&file, path) => return Ok(file),
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |data: fs::Metadata| (data.dev(), data.ino());
    let (ours, theirs) = (file.metadata().map(place), fs::symlink_metadata(path).map(place));
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours == theirs)
}

#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_appears_when_it_is_whole_and_goes_when_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let count = || fs::read_dir(folder.path()).unwrap().count();
        fs::write(folder.path().join(".a.csv.partial"), "half of an older one").unwrap();
        let partial = PartialFile::beside(&path).unwrap();
        partial.writer().unwrap().write_all(b"abc").unwrap();
        assert!(!path.exists());
        let (size, sha256) = partial.read_back().unwrap();
        assert_eq!((size, &sha256[..8]), (3, "ba7816bf"));
        let second = PartialFile::beside(&path).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock, "it is being written");
        partial.put_at(&path).unwrap();
        assert_eq!((fs::read(&path).unwrap(), count()), (b"abc".to_vec(), 1));
        assert!(check_place(&path).is_ok() && check_place(&folder.path().join("none/a.csv")).is_err());
        assert!(check_place(&path.join("b.csv")).is_err(), "a file is no folder");
        drop(PartialFile::beside(&path).unwrap());
        assert_eq!((fs::read(&path).unwrap(), count()), (b"abc".to_vec(), 1));
    }
}
