//! Backups that are made by themselves: where they lie, which of them are kept.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{CreateOptions, Made, Progress, Recipient, create};
use crate::partial_file::PartialFile;
use crate::{App, AppError, Caller, private_folder};

/// Why a backup was made by itself; begins the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The time had come.
    Scheduled,
    /// Migrations were about to be applied.
    BeforeMigration,
    /// A restore was about to replace what is there.
    BeforeRestore,
    /// The store was about to be moved.
    BeforeMove,
}

impl Occasion {
    fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::BeforeMigration => "before-migration",
            Self::BeforeRestore => "before-restore",
            Self::BeforeMove => "before-move",
        }
    }
}

const ENDING: &str = ".archive.gz";
/// Follows that ending when the file is encrypted.
const SEALED: &str = ".age";

/// Where backups that are made by themselves go, and how many stay.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The folder.
    pub folder: PathBuf,
    /// How many of each occasion are kept.
    pub keep: usize,
    /// One that stays, however old it is: it is being restored.
    pub spared: Option<PathBuf>,
}

impl Keeping {
    fn is_spared(&self, path: &Path) -> bool {
        let resolved = |path: &Path| path.canonicalize().ok();
        self.spared
            .as_deref()
            .is_some_and(|spared| resolved(spared).is_some_and(|spared| Some(spared) == resolved(path)))
    }
}

/// What is put back by itself, or restored at once in another place, stays in clear: the secret half of the key is not
/// here.
fn encrypt_to(app: &App, occasion: Occasion) -> Option<Recipient> {
    match occasion {
        Occasion::Scheduled | Occasion::BeforeMigration => app.settings().backup_encrypt_to.clone(),
        Occasion::BeforeRestore | Occasion::BeforeMove => None,
    }
}

/// Makes a backup in this folder, reads all of it back before it stands under its name, and only then takes older ones of the same occasion away, so that
/// `keep` are left. One that is encrypted is read while it is written, and its bytes are read back. An older one that
/// cannot be taken away stays, with a warning: the new one is what was asked for.
///
/// # Errors
/// When it cannot be made or read back; then nothing is left of it, and the older ones are still there.
pub async fn make_and_keep(
    app: &App,
    caller: &Caller,
    keeping: &Keeping,
    occasion: Occasion,
    progress: Progress<'_>,
) -> Result<(PathBuf, Made), AppError> {
    let folder = keeping.folder.as_path();
    let encrypt_to = encrypt_to(app, occasion);
    let is_sealed = encrypt_to.is_some();
    private_folder::make(folder).map_err(|error| AppError::Conflict {
        code: "backup_failed",
        detail: format!("cannot make the folder {}: {error}", folder.display()),
    })?;
    sweep_partial(folder);
    let path = free_place(folder, occasion, is_sealed, app.now());
    let options = CreateOptions { replace: false, encrypt_to, read_back: true };
    let made = create(app, caller, &path, &options, progress).await?;
    for old in of_occasion(folder, occasion).into_iter().rev().skip(keeping.keep.max(1)) {
        if keeping.is_spared(&old) {
            continue;
        }
        if let Err(error) = fs::remove_file(&old) {
            tracing::warn!(path = %old.display(), %error, "an old backup cannot be taken away; remove it by hand");
        }
    }
    Ok((path, made))
}

/// The newest backup in a folder, of whatever occasion, and when it was made.
pub fn newest(folder: &Path) -> Option<(PathBuf, Timestamp)> {
    newest_of(&all(folder))
}

/// The newest one that the clock asked for, and when it was made.
pub fn newest_scheduled(folder: &Path) -> Option<(PathBuf, Timestamp)> {
    newest_of(&of_occasion(folder, Occasion::Scheduled))
}

/// The newest one from before a migration, and when it was made.
pub fn newest_before_migration(folder: &Path) -> Option<(PathBuf, Timestamp)> {
    newest_of(&of_occasion(folder, Occasion::BeforeMigration))
}

/// Takes away what backups left half that were made by themselves and whose process was killed. One that is being written
/// is locked, and stays. Answers how many there were.
pub fn sweep_partial(folder: &Path) -> usize {
    let occasions =
        [Occasion::Scheduled, Occasion::BeforeMigration, Occasion::BeforeRestore, Occasion::BeforeMove];
    let is_ours = |name: &str| {
        made_at(Path::new(name)).is_some()
            && occasions
                .iter()
                .any(|one| name.strip_prefix(one.word()).is_some_and(|rest| rest.starts_with('-')))
    };
    let swept = PartialFile::sweep(folder, &is_ours);
    if swept > 0 {
        tracing::info!(swept, "half backups of processes that were killed were taken away");
    }
    swept
}

fn newest_of(paths: &[PathBuf]) -> Option<(PathBuf, Timestamp)> {
    let dated = paths.iter().filter_map(|path| Some((path.clone(), made_at(path)?)));
    dated.max_by_key(|(_, at)| *at)
}

/// Two within one second are told apart by the next second, and the newest always has the latest name.
fn free_place(folder: &Path, occasion: Occasion, is_sealed: bool, at: Timestamp) -> PathBuf {
    let last = newest_of(&of_occasion(folder, occasion));
    let at = last.map_or(at, |(_, last)| at.max(last + jiff::SignedDuration::from_secs(1)));
    let seconds = (0..).map(|seconds| at + jiff::SignedDuration::from_secs(seconds));
    let mut places = seconds.map(|at| folder.join(name(occasion, is_sealed, at)));
    places.find(|place| !place.exists()).unwrap_or_else(|| folder.join(name(occasion, is_sealed, at)))
}

fn name(occasion: Occasion, is_sealed: bool, at: Timestamp) -> String {
    let ending = if is_sealed { SEALED } else { "" };
    format!("{}-{}{ENDING}{ending}", occasion.word(), at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S"))
}

fn made_at(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(SEALED).unwrap_or(name).strip_suffix(ENDING)?;
    let (_, moment) = name.rsplit_once('-')?;
    let moment = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", moment).ok()?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Files of an occasion, oldest first: their names say when.
fn of_occasion(folder: &Path, occasion: Occasion) -> Vec<PathBuf> {
    let is_of = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_prefix(occasion.word()).is_some_and(|rest| rest.starts_with('-'))
    };
    all(folder).into_iter().filter(is_of).collect()
}

fn all(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| made_at(path).is_some()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_half_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-11-28T17:30:05Z".parse().unwrap();
        let [dead, alive, by_hand] = [
            name(Occasion::Scheduled, true, at),
            name(Occasion::BeforeMigration, false, at),
            "mine.archive.gz".to_owned(),
        ];
        let hidden = |name: &str| folder.path().join(format!(".{name}.partial"));
        fs::write(hidden(&dead), "half").unwrap();
        fs::write(hidden(&by_hand), "half").unwrap();
        let writing = PartialFile::beside(&folder.path().join(&alive)).unwrap();
        assert_eq!(sweep_partial(folder.path()), 1);
        assert!(!hidden(&dead).exists() && hidden(&alive).exists() && hidden(&by_hand).exists());
        drop(writing);
        assert_eq!(sweep_partial(&folder.path().join("none")), 0);
    }

    #[test]
    fn names_say_why_and_when() {
        let folder = tempfile::tempdir().unwrap();
        let at: Timestamp = "2026-11-28T17:30:05Z".parse().unwrap();
        let later: Timestamp = "2026-11-29T17:30:05Z".parse().unwrap();
        let (first, second) =
            (name(Occasion::Scheduled, false, at), name(Occasion::BeforeMigration, true, later));
        assert_eq!(second, "before-migration-20261129T173005.archive.gz.age");
        assert_eq!(first, "scheduled-20261128T173005.archive.gz");
        for name in [first.as_str(), second.as_str(), "notes.txt", "scheduled-soon.archive.gz"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(newest(folder.path()), Some((folder.path().join(&second), later)));
        assert_eq!(newest_scheduled(folder.path()), Some((folder.path().join(&first), at)));
        assert_eq!(of_occasion(folder.path(), Occasion::BeforeRestore), Vec::<PathBuf>::new());
        let third = free_place(folder.path(), Occasion::Scheduled, false, at);
        assert_eq!(third, folder.path().join("scheduled-20261128T173006.archive.gz"));
        assert_eq!(newest(&folder.path().join("none")), None);
    }
}
