//! A file in the making: written beside its place under a hidden name, synced, then put there. What stands under its
//! own name is always whole.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::AppError;

/// Whether a file can be begun for this place, as far as a look can say: it has a name, and its folder is there.
pub(crate) fn check_place(path: &Path) -> io::Result<()> {
    path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    open_folder(path).map(|_| ())
}

/// Whether a file may be put there: nothing is there, or a file that is to be replaced. A symbolic link is replaced itself,
/// and not what it leads to.
///
/// # Errors
/// `file_exists` for what is there and not to be replaced, `invalid_fields` for what is no file: where a device or a pipe
/// is, a file would take its place, and not be written on it.
pub(crate) fn check_free(path: &Path, replace: bool) -> Result<(), AppError> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(AppError::field("out", "is a folder, a device or a pipe; name a file"));
    }
    // Not `exists`: a link that leads nowhere is there too.
    let is_there = fs::symlink_metadata(path).is_ok();
    if is_there && !replace { Err(is_taken(path)) } else { Ok(()) }
}

/// What is said of a place where something is already.
pub(crate) fn is_taken(path: &Path) -> AppError {
    let detail =
        format!("{} is there already; choose another name, or say that it is to be replaced", path.display());
    AppError::Conflict { code: "file_exists", detail }
}

fn open_folder(path: &Path) -> io::Result<File> {
    let folder = File::open(folder_of(path))?;
    if folder.metadata()?.is_dir() { Ok(folder) } else { Err(io::ErrorKind::NotADirectory.into()) }
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
    /// Where it lies. A folder that cannot be opened cannot be synced: that is found before anything is written.
    folder: File,
}

impl PartialFile {
    /// Begins the file that is to stand at `path`. What a process that was killed left behind is written over; what a
    /// living one writes is not touched (`ErrorKind::WouldBlock`).
    pub(crate) fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut hidden = OsString::from(".");
        hidden.push(name);
        hidden.push(".partial");
        let folder = open_folder(path)?;
        let path = path.with_file_name(hidden);
        let file = open_locked(&path)?;
        file.set_len(0)?;
        Ok(Self { path, file, folder })
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

    /// Puts it at its place, which is as safe on disk as the file afterwards. Without `replace` what is there stays, also
    /// what came a moment ago (`ErrorKind::AlreadyExists`).
    pub(crate) fn put_at(self, path: &Path, replace: bool) -> io::Result<()> {
        if replace {
            fs::rename(&self.path, path)?;
        } else {
            self.put_where_nothing_is(path)?;
        }
        self.folder.sync_all()
    }

    /// A second name is only given where there is none, while a rename replaces what it finds.
    #[cfg(unix)]
    fn put_where_nothing_is(&self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, path) {
            Ok(()) => fs::remove_file(&self.path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // A disk without such names.
            Err(_) => self.put_where_nothing_is_seen(path),
        }
    }

    #[cfg(not(unix))]
    fn put_where_nothing_is(&self, path: &Path) -> io::Result<()> {
        self.put_where_nothing_is_seen(path)
    }

    fn put_where_nothing_is_seen(&self, path: &Path) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&self.path, path),
        }
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
            Ok(()) | Err(TryLockError::Error(_)) if !is_still(&file, path) => {}
            // A process was killed between giving the whole file its name and taking this one away.
            Ok(()) | Err(TryLockError::Error(_)) if has_another_name(&file)? => fs::remove_file(path)?,
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
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

#[cfg(unix)]
fn has_another_name(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) > 1)
}

#[cfg(not(unix))]
fn has_another_name(_: &File) -> io::Result<bool> {
    Ok(false)
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
        partial.put_at(&path, false).unwrap();
        assert_eq!((fs::read(&path).unwrap(), count()), (b"abc".to_vec(), 1));
        assert!(check_place(&path).is_ok() && check_place(&folder.path().join("none/a.csv")).is_err());
        assert!(check_place(&path.join("b.csv")).is_err(), "a file is no folder");
        drop(PartialFile::beside(&path).unwrap());
        assert_eq!((fs::read(&path).unwrap(), count()), (b"abc".to_vec(), 1));
    }

    #[test]
    fn what_came_meanwhile_stays_unless_it_is_to_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let write = || {
            let partial = PartialFile::beside(&path).unwrap();
            partial.writer().unwrap().write_all(b"new").unwrap();
            partial
        };
        let partial = write();
        fs::write(&path, "came meanwhile").unwrap();
        let refused = partial.put_at(&path, false).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "came meanwhile");
        let refused = write().put_where_nothing_is_seen(&path).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists, "on a disk without second names");
        write().put_at(&path, true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        fs::remove_file(&path).unwrap();
        write().put_where_nothing_is_seen(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    /// Killed when the whole file had its name, but still the hidden one too.
    #[test]
    fn what_is_whole_is_not_written_over_by_its_other_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "whole").unwrap();
        fs::hard_link(&path, folder.path().join(".a.csv.partial")).unwrap();
        let partial = PartialFile::beside(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        partial.writer().unwrap().write_all(b"new").unwrap();
        partial.put_at(&path, true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    /// Whoever may do all (root) may open it; anybody else is told before anything is written.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_synced_is_told_while_nothing_is_there() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let allow = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        allow(0o300);
        let put = PartialFile::beside(&path).and_then(|partial| partial.put_at(&path, false));
        assert_eq!(check_place(&path).is_ok(), put.is_ok());
        allow(0o700);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), usize::from(put.is_ok()));
    }

    #[cfg(unix)]
    #[test]
    fn only_a_file_makes_place_for_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, nowhere] = ["a.csv", "link.csv", "nowhere.csv"].map(|name| folder.path().join(name));
        fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        std::os::unix::fs::symlink(folder.path().join("none"), &nowhere).unwrap();
        for path in [&file, &link, &nowhere] {
            let refused = check_free(path, false);
            assert!(matches!(refused, Err(AppError::Conflict { code: "file_exists", .. })), "{refused:?}");
            check_free(path, true).unwrap();
        }
        let device = folder.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        for path in [folder.path(), Path::new("/dev/null"), &device] {
            for replace in [false, true] {
                let refused = check_free(path, replace);
                assert!(matches!(refused, Err(AppError::Invalid { .. })), "{}: {refused:?}", path.display());
            }
        }
        check_free(&folder.path().join("b.csv"), false).unwrap();
    }
}
