//! A store file made anew beside the present one and put in its place by one rename.
//!
//! What happens when the process dies: before the rename the present file is untouched; after it the new one is whole and
//! in place. What is left lying beside is taken away by the next replacement.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use rusqlite::{Connection, OpenFlags};
use store::{Replacement, Store, StoreError};

use crate::errors::from_sqlite;
use crate::file;
use crate::gate::{Gate, beside};
use crate::open::{Stage, unusable};
use crate::options::SqliteOptions;
use crate::store_impl::SqliteStore;

/// The file that is worked on.
const FRESH: &str = ".restoring";
/// The file that was in place, until the new one has proved itself.
const BEFORE: &str = ".replaced";
/// A file that could not be read, put aside for whoever wants to look.
const UNREADABLE: &str = ".damaged";
/// What SQLite keeps beside a file.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Replaces the store of these options.
pub struct SqliteReplacement {
    path: PathBuf,
    options: SqliteOptions,
    /// The new one as it is filled, for as long as somebody does.
    filling: Weak<SqliteStore>,
    /// Where the present one goes that cannot be read.
    aside: Option<PathBuf>,
    has_before: bool,
    /// What could not be read is put aside already.
    has_aside: bool,
    /// The new one is in place and nobody has said yet whether it stays.
    is_open: bool,
    _gate: Gate,
}

impl SqliteReplacement {
    /// Shuts everybody else out.
    ///
    /// # Errors
    /// `Unavailable` when somebody has the store open, `Unusable` when the folder cannot be used.
    pub fn begin(options: SqliteOptions) -> Result<Self, StoreError> {
        file::make_folder_of(&options.path)?;
        let path = file::resolved(&options.path)?;
        let gate = Gate::exclusive(&path)?;
        remove(&beside(&path, FRESH))?;
        remove(&beside(&path, BEFORE))?;
        let (filling, aside) = (Weak::new(), None);
        Ok(Self {
            path,
            options,
            filling,
            aside,
            has_before: false,
            has_aside: false,
            is_open: false,
            _gate: gate,
        })
    }

    fn fresh_options(&self) -> SqliteOptions {
        SqliteOptions { path: beside(&self.path, FRESH), ..self.options.clone() }
    }

    /// Without a log SQLite itself does not see that somebody still has the new one open.
    fn check_filled(&self) -> Result<(), StoreError> {
        if self.filling.strong_count() == 0 {
            return Ok(());
        }
        Err(unusable(format!("the store {} is still being filled", self.fresh_options().path.display())))
    }

    /// The present file, its log folded in, also under a second name. One that cannot be read goes under that name alone.
    fn set_aside(&mut self) -> Result<(), StoreError> {
        if !self.path.exists() {
            return Ok(());
        }
        if let Some(place) = &self.aside {
            for part in PARTS {
                rename_if_there(&beside(&self.path, part), &beside(place, part))?;
            }
            self.has_aside = true;
            return no_log_stays(&self.path);
        }
        fold(&self.path)?;
        fs::hard_link(&self.path, beside(&self.path, BEFORE)).map_err(|error| {
            cannot("keep the present store until the new one has proved itself", &self.path, &error)
        })?;
        self.has_before = true;
        Ok(())
    }
}

impl Replacement for SqliteReplacement {
    fn present(&self) -> Result<Option<Arc<dyn Store>>, StoreError> {
        if !self.path.exists() {
            return Ok(None);
        }
        let options = SqliteOptions { path: self.path.clone(), ..self.options.clone() };
        Ok(Some(Arc::new(SqliteStore::open_behind(options, None, Stage::InUse)?)))
    }

    fn put_present_aside(&mut self) -> Result<PathBuf, StoreError> {
        let mut places = (1..1_000).map(|number| beside(&self.path, &format!("{UNREADABLE}-{number}")));
        let place = places.find(|place| !place.exists()).ok_or_else(|| {
            unusable("too many stores that could not be read lie beside this one; take some away".to_owned())
        })?;
        self.aside = Some(place.clone());
        Ok(place)
    }

    fn to_fill(&mut self) -> Result<Arc<dyn Store>, StoreError> {
        let store = Arc::new(SqliteStore::open_behind(self.fresh_options(), None, Stage::ToFill)?);
        self.filling = Arc::downgrade(&store);
        Ok(store)
    }

    fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.check_filled()?;
        Ok(Arc::new(SqliteStore::open_behind(self.fresh_options(), None, Stage::Filled)?))
    }

    fn swap(&mut self) -> Result<Arc<dyn Store>, StoreError> {
        self.check_filled()?;
        let fresh = beside(&self.path, FRESH);
        fold(&fresh)?;
        self.set_aside()?;
        if let Err(error) = fs::rename(&fresh, &self.path).and_then(|()| sync_folder_of(&self.path)) {
            if self.has_aside {
                self.put_back()?;
            }
            return Err(cannot("put the new store in its place", &self.path, &error));
        }
        self.is_open = true;
        let options = SqliteOptions { path: self.path.clone(), ..self.options.clone() };
        match SqliteStore::open_behind(options, None, Stage::InUse) {
            Ok(store) => Ok(Arc::new(store)),
            Err(error) => {
                self.put_back()?;
                Err(error)
            }
        }
    }

    fn keep(mut self: Box<Self>) -> Result<(), StoreError> {
        self.is_open = false;
        remove(&beside(&self.path, BEFORE))
    }

    fn undo(mut self: Box<Self>) -> Result<(), StoreError> {
        self.put_back()
    }
}

impl SqliteReplacement {
    fn put_back(&mut self) -> Result<(), StoreError> {
        self.is_open = false;
        for part in ["-wal", "-shm"] {
            remove_file(&beside(&self.path, part))?;
        }
        no_log_stays(&self.path)?;
        if self.has_before {
            fs::rename(beside(&self.path, BEFORE), &self.path)
                .and_then(|()| sync_folder_of(&self.path))
                .map_err(|error| cannot("put the store from before back in its place", &self.path, &error))?;
        } else {
            remove_file(&self.path)?;
        }
        if let Some(place) = self.aside.as_ref().filter(|_| self.has_aside) {
            for part in PARTS {
                rename_if_there(&beside(place, part), &beside(&self.path, part))?;
            }
        }
        Ok(())
    }
}

impl Drop for SqliteReplacement {
    fn drop(&mut self) {
        if self.is_open
            && let Err(error) = self.put_back()
        {
            tracing::error!(%error, "the store from before could not be put back in its place");
        }
        // What cannot be taken away now is by the next replacement.
        let _ = remove(&beside(&self.path, FRESH));
    }
}

/// Makes a store file complete without its log. Fails while somebody has it open.
fn fold(path: &Path) -> Result<(), StoreError> {
    let attempted = format!("complete the file {}", path.display());
    let fold = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
        connection.close().map_err(|(_, error)| error)?;
        Ok(mode)
    };
    match fold() {
        Ok(mode) if mode == "delete" => sync(path).map_err(|error| cannot("complete", path, &error)),
        Ok(_) => Err(unusable(format!("the store {} is in use by another program", path.display()))),
        Err(error) => Err(from_sqlite(&error, &attempted)),
    }
}

/// Should the power go, a log that was taken away does not lie beside another file than its own when it is back.
fn no_log_stays(path: &Path) -> Result<(), StoreError> {
    sync_folder_of(path).map_err(|error| cannot("take away the log of", path, &error))
}

fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()?;
    sync_folder_of(path)
}

fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Takes a store file away with what SQLite keeps beside it.
fn remove(path: &Path) -> Result<(), StoreError> {
    PARTS.iter().try_for_each(|part| remove_file(&beside(path, part)))
}

fn remove_file(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot("take away", path, &error)),
        _ => Ok(()),
    }
}

fn rename_if_there(from: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(cannot("put aside", from, &error)),
        _ => Ok(()),
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> StoreError {
    if error.kind() == ErrorKind::StorageFull {
        return StoreError::Full { reason: format!("cannot {what} {}: {error}", path.display()) };
    }
    unusable(format!("cannot {what} {}: {error}", path.display()))
}
