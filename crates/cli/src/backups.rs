//! What the commands around backups share: the folder, the restore point, and which way a restore goes on which engine.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use app::backup::{self, Before, Contents, Keeping, Made, Occasion, Restored};
use app::lease::Lease;
use app::migrations::State;
use app::{App, AppError};
use jiff::Timestamp;
use store::{Replacement, Store, StoreError};

use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::Effective;
use crate::{output, proof, running, wiring};

/// Where backups that are made by themselves lie.
pub(crate) fn folder(settings: &Effective) -> PathBuf {
    wiring::data_dir(settings).join("backups")
}

/// Where backups go that are made by themselves, and how many stay.
pub(crate) fn keeping(settings: &Effective) -> Result<Keeping, Failure> {
    Ok(Keeping { folder: folder(settings), keep: keep(settings)?, spared: None })
}

/// How many of each kind are kept.
fn keep(settings: &Effective) -> Result<usize, Failure> {
    let keep = settings.get("backup_keep").unwrap_or_default().parse().ok();
    Ok(keep
        .filter(|keep| (1..=1_000).contains(keep))
        .ok_or_else(|| settings.bad("backup_keep", "it must be a number of backups from 1 to 1000"))?)
}

/// Makes a backup for an occasion, and keeps the newest ones.
pub(crate) async fn automatic(
    settings: &Effective,
    app: &App,
    occasion: Occasion,
    shown: &Progress,
) -> Result<(PathBuf, Made), Failure> {
    kept(app, &keeping(settings)?, occasion, shown).await
}

async fn kept(
    app: &App,
    keeping: &Keeping,
    occasion: Occasion,
    shown: &Progress,
) -> Result<(PathBuf, Made), Failure> {
    let progress = &mut |done| shown.show(done);
    Ok(backup::make_and_keep(app, &wiring::operator(), keeping, occasion, progress).await?)
}

/// Before migrations change what is stored: the way back. Call it when the store is not new. Answers in a sentence what it
/// is. One that died in the middle left neither the old form nor the new one: a backup of that is no way back, and the one
/// from before must not be taken away for it.
pub(crate) async fn before_migration(settings: &Effective, app: &App) -> Result<String, Failure> {
    let is_half = |state| matches!(state, State::HalfApplied | State::HalfTakenBack);
    if app::migrations::status(app).await?.iter().any(|one| is_half(one.state)) {
        let earlier = backup::newest_before_migration(&folder(settings));
        return Ok(match earlier {
            Some((path, _)) => format!(
                "A migration goes on that was cut short. What was stored before it is in {}; no other backup was made.",
                path.display()
            ),
            None => "A migration goes on that was cut short; there is no backup from before it in the data folder."
                .to_owned(),
        });
    }
    let (path, _) = automatic(settings, app, Occasion::BeforeMigration, &Progress::silent()).await?;
    Ok(format!("What is stored was backed up before the migration, to {}.", path.display()))
}

/// How long after its start a server makes the first backup of all: a start is busy, and one that fails is soon over.
const AFTER_START: Duration = Duration::from_secs(300);
/// One server at a time makes its backup.
const LEASE_MS: i64 = 600_000;

/// Makes a backup whenever so much time has passed since the last one that the clock asked for, over restarts too. One
/// that fails is told and tried again; the older ones stay meanwhile. What came due while no server ran is made at once.
pub(crate) async fn on_schedule(settings: Effective, app: App, every: Duration) {
    backup::sweep_partial(&folder(&settings));
    let last = || backup::newest_scheduled(&folder(&settings)).map(|(_, at)| at);
    tokio::time::sleep(first_look(last(), app.now(), every)).await;
    loop {
        let wait = match left(last(), app.now(), every) {
            Some(left) => left,
            None => scheduled(&settings, &app, every).await,
        };
        tokio::time::sleep(wait).await;
    }
}

/// How long after its start a server looks first.
fn first_look(last: Option<Timestamp>, now: Timestamp, every: Duration) -> Duration {
    let is_overdue = last.is_some() && left(last, now, every).is_none();
    if is_overdue { Duration::ZERO } else { AFTER_START.min(every) }
}

/// How long until the next one is due; `None` when it is. One that seems to be from far ahead was made by a wrong clock.
fn left(last: Option<Timestamp>, now: Timestamp, every: Duration) -> Option<Duration> {
    let age = now.duration_since(last?);
    if age.is_negative() && age.unsigned_abs() > every {
        return None;
    }
    let age = Duration::try_from(age).unwrap_or_default();
    Some(every.saturating_sub(age)).filter(|left| !left.is_zero())
}

/// Makes one that is due, and answers how long to wait until the next look.
async fn scheduled(settings: &Effective, app: &App, every: Duration) -> Duration {
    const SOON: Duration = Duration::from_secs(900);
    let lease = match Lease::take(app, "backup", LEASE_MS).await {
        Ok(Some(lease)) => lease,
        Ok(None) => return Duration::from_secs(60).min(every),
        Err(error) => {
            tracing::warn!(%error, "a backup is due and the store does not answer; it is tried again");
            return SOON.min(every);
        }
    };
    let outcome = automatic(settings, app, Occasion::Scheduled, &Progress::silent()).await;
    lease.release(app).await;
    match outcome {
        Ok((path, made)) => {
            tracing::info!(path = %path.display(), documents = made.documents, bytes = made.file_size, "a backup was made and read back");
            proof::daily(settings, app, &path).await;
            every
        }
        Err(failure) => {
            tracing::error!(reason = failure.sentence(), "the backup that was due failed; it is tried again");
            SOON.min(every)
        }
    }
}

/// What a restore did.
pub(crate) struct Put {
    pub(crate) restored: Restored,
    /// Where what was there before is, when there was something.
    pub(crate) before: Option<PathBuf>,
}

/// Puts what is in a backup in the place of the store of these settings. What is there is only replaced with `replace`,
/// and a restore point is made of it first. Everybody else is shut out before that, so that nothing is lost between the two.
pub(crate) async fn put(
    settings: &Effective,
    contents: &Contents,
    replace: bool,
    shown: &Progress,
) -> Result<Put, Failure> {
    match wiring::replacement(settings)? {
        Some(replacement) => put_beside(settings, replacement, contents, replace, shown).await,
        None => put_in_place(settings, contents, replace, shown).await,
    }
}

async fn put_beside(
    settings: &Effective,
    mut replacement: Box<dyn Replacement>,
    contents: &Contents,
    replace: bool,
    shown: &Progress,
) -> Result<Put, Failure> {
    let restore_point = async || match replacement.present()? {
        Some(store) => {
            restore_point(settings, &wiring::app(settings, store)?, contents, replace, shown).await
        }
        None => Ok(None),
    };
    let before = match restore_point().await {
        Err(failure) if replace && failure.is_unreadable_store() => {
            let place = replacement.put_present_aside()?;
            tracing::warn!(
                place = %place.display(),
                "the present store cannot be read, and is put aside instead of a restore point: {}",
                failure.sentence()
            );
            Some(place)
        }
        outcome => outcome?,
    };
    let app_settings = settings.clone();
    let app_on = move |store: Arc<dyn Store>| {
        wiring::app(&app_settings, store).map_err(|failure| AppError::Internal(failure.sentence().to_owned()))
    };
    shown.doing("restore");
    let progress = &mut |done| shown.show(done);
    let restored = backup::restore_beside(replacement, contents, &app_on, progress).await?;
    Ok(Put { restored, before })
}

async fn put_in_place(
    settings: &Effective,
    contents: &Contents,
    replace: bool,
    shown: &Progress,
) -> Result<Put, Failure> {
    let app = wiring::app(settings, wiring::open_store_as_it_is(settings).await?)?;
    // What dead processes held is free, and this one's death is seen.
    running::enter(settings, &app).await?;
    let marked = backup::begin_in_place(&app).await?;
    let point = match marked.before {
        Before::Untouched => restore_point(settings, &app, contents, replace, shown).await,
        // What a restore that was cut short left is nothing to go back to.
        _ => Ok(None),
    };
    let begun = async {
        let point = point?;
        let before = match (&point, &marked.before) {
            (Some(path), _) => Some(backup::inspect(&path.as_path().into(), &mut |_| {})?),
            // This restore is the better way out of a half one than to insist on the way back.
            (None, before) => contents_before(settings, before, &mut |_| {}).unwrap_or_default(),
        };
        if app::migrations::is_new(&app).await? {
            app.store().mend().await?;
        }
        Ok::<_, Failure>((point, before))
    };
    let (point, before) = match begun.await {
        Ok(begun) => begun,
        Err(failure) => {
            marked.give_up(&app).await?;
            return Err(failure);
        }
    };
    shown.doing("restore");
    let progress = &mut |done| shown.show(done);
    let restored = backup::restore_marked(&app, marked, contents, before.as_ref(), progress).await?;
    Ok(Put { restored, before: point })
}

/// What was there before a restore that was cut short.
fn contents_before(
    settings: &Effective,
    before: &Before,
    progress: backup::Progress<'_>,
) -> Result<Option<Contents>, Failure> {
    let refused = |why: String| {
        Failure::failed(format!(
            "a restore of this store was cut short: it is not whole, and what was there before cannot be put back ({why}). \
             Run the same `callboard restore` again, which finishes it"
        ))
    };
    match before {
        Before::Nothing | Before::Untouched => Ok(None),
        Before::File(name) => {
            let path = folder(settings).join(Path::new(name).file_name().unwrap_or_default());
            let contents = backup::inspect(&path.as_path().into(), progress);
            contents.map(Some).map_err(|error| refused(error.to_string()))
        }
    }
}

/// Takes back a restore that was cut short, before anything else is done with the store.
pub(crate) async fn take_back_unfinished(settings: &Effective, app: &App) -> Result<(), Failure> {
    let Some(in_place) = backup::unfinished(app.store()).await? else { return Ok(()) };
    let shown = Progress::counting("taking back a restore that was cut short", "documents");
    let progress = &mut |done| shown.show(done);
    let before = contents_before(settings, &in_place.before, progress)?;
    backup::roll_back(app, before.as_ref(), progress).await?;
    shown.end();
    output::line(match in_place.before {
        Before::File(name) => format!(
            "A restore of this store was cut short. What was there before is in its place again, from {name}."
        ),
        Before::Nothing => {
            "A restore of this store was cut short. It is empty again, as it was before.".to_owned()
        }
        Before::Untouched => "A restore of this store was cut short before it changed anything.".to_owned(),
    });
    Ok(())
}

/// A backup of what is there, when something is; refused when it may not be replaced.
async fn restore_point(
    settings: &Effective,
    app: &App,
    contents: &Contents,
    replace: bool,
    shown: &Progress,
) -> Result<Option<PathBuf>, Failure> {
    if backup::is_empty(app.store()).await? {
        return Ok(None);
    }
    if !replace {
        return Err(Failure::usage(
            "the store is not empty. Add --replace to put the backup in its place (a restore point is made first), or name \
             another store with --store; nothing was changed",
        ));
    }
    shown.doing("restore point");
    // The file that is restored may be a restore point itself, and the oldest of them.
    let keeping = Keeping { spared: Some(contents.origin().to_owned()), ..keeping(settings)? };
    let (path, _) = kept(app, &keeping, Occasion::BeforeRestore, shown).await?;
    Ok(Some(path))
}

/// Refuses a store that a restore was cut short on.
pub(crate) async fn refuse_unfinished(store: &dyn Store) -> Result<(), Failure> {
    if backup::unfinished(store).await?.is_some() {
        return Err(Failure::failed(
            "a restore of this store is under way, or was cut short: it is not whole. Start the server, which puts back what was \
             there before, or run the same `callboard restore` again, which finishes it",
        ));
    }
    Ok(())
}

/// A store to try a backup in; it goes when this does.
pub(crate) struct Scratch {
    folder: PathBuf,
    _lock: File,
}

impl Scratch {
    /// An empty one in the backups folder. What a killed process left there is taken away.
    pub(crate) fn new(settings: &Effective) -> Result<Self, Failure> {
        let parent = folder(settings);
        let cannot = |error: std::io::Error| {
            Failure::failed(format!("cannot make room for a scratch store in {}: {error}", parent.display()))
        };
        app::private_folder::make(&parent).map_err(cannot)?;
        let mut options = OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(parent.join(".scratch.lock"));
        let lock = lock.map_err(cannot)?;
        if matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            return Err(Failure::failed(
                "another verification is under way in the same data folder; try again when it has ended",
            ));
        }
        let folder = parent.join(".scratch");
        remove(&folder).map_err(cannot)?;
        fs::create_dir(&folder).map_err(cannot)?;
        Ok(Self { folder, _lock: lock })
    }

    /// The store, as it is made anew for a restore.
    pub(crate) fn store(&self) -> Result<Box<dyn Replacement>, StoreError> {
        wiring::embedded_anew(&self.folder.join("scratch.db"))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left is taken away by the next one.
        let _ = remove(&self.folder);
    }
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use app::migrations::Way;
    use model::documents::{Record, SchemaMigration};
    use store::{Batch, Filter, TypedStore};

    use super::*;

    const EVERY: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_backup_is_due_when_so_much_time_has_passed() {
        let now: Timestamp = "2027-01-01T12:00:00Z".parse().unwrap();
        let ago = |minutes| Some(now - jiff::SignedDuration::from_mins(minutes));
        let minutes = |minutes: u64| Some(Duration::from_secs(minutes * 60));
        // A clock that was set back makes none that is younger than now due sooner.
        for (last, expected) in [
            (None, None),
            (ago(60), None),
            (ago(90), None),
            (ago(45), minutes(15)),
            (ago(-5), minutes(60)),
            (ago(-90), None),
        ] {
            assert_eq!(left(last, now, EVERY), expected, "{last:?}");
            let is_at_once = last.is_some() && expected.is_none();
            assert_eq!(first_look(last, now, EVERY).is_zero(), is_at_once, "{last:?}");
        }
    }

    /// A house in a folder of its own.
    fn settings(folder: &Path) -> Effective {
        let values = [
            ("CALLBOARD_DATA_DIR", folder.display().to_string()),
            ("CALLBOARD_KEYS", "k1:5q5Zk0mY3x1vXbRrWQ8n0G8sYc0m9l1tq2p3u4v5w6c=".to_owned()),
            ("CALLBOARD_BACKUP_KEEP", "2".to_owned()),
        ];
        let values: BTreeMap<String, String> =
            values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        crate::settings::load(None, &values, &[]).unwrap()
    }

    fn made(settings: &Effective) -> Vec<PathBuf> {
        seen_in(&folder(settings))
    }

    /// What is in a folder and not hidden.
    fn seen_in(folder: &Path) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'));
        paths.sort();
        paths
    }

    #[tokio::test]
    async fn a_migration_that_goes_on_makes_no_backup_of_the_half() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let store = wiring::open_store(&settings).await.unwrap();
        let app = wiring::app(&settings, store).unwrap();
        app::migrations::up(&app, None, &mut |_| {}).await.unwrap();
        let said = before_migration(&settings, &app).await.unwrap();
        let whole = made(&settings);
        assert!(said.contains(whole[0].to_str().unwrap()), "{said}");
        let records: Vec<SchemaMigration> = app.store().all(Filter::All(Vec::new())).await.unwrap();
        let mut half = records.last().unwrap().clone();
        half.unfinished = Some(Way::Up);
        half.touch(app.now());
        let mut batch = Batch::new();
        batch.replace(&half, half.revision - 1).unwrap();
        app.store().commit(batch).await.unwrap();
        for _ in 0..3 {
            let said = before_migration(&settings, &app).await.unwrap();
            assert!(said.contains("cut short") && said.contains(whole[0].to_str().unwrap()), "{said}");
            assert_eq!(made(&settings), whole, "the only whole one stays");
        }
        fs::remove_file(&whole[0]).unwrap();
        let said = before_migration(&settings, &app).await.unwrap();
        assert!(said.contains("there is no backup") && made(&settings).is_empty(), "{said}");
    }

    #[tokio::test]
    async fn what_the_server_makes_is_whole_few_and_made_by_one_server() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let store = wiring::open_store(&settings).await.unwrap();
        let app = wiring::app(&settings, store).unwrap();
        app::migrations::up(&app, None, &mut |_| {}).await.unwrap();
        let mut newest = None;
        for number in 1..=4 {
            assert_eq!(scheduled(&settings, &app, EVERY).await, EVERY);
            let paths = made(&settings);
            assert_eq!(paths.len(), number.min(2), "older ones go: {paths:?}");
            let last = backup::newest_scheduled(&super::folder(&settings)).unwrap();
            assert!(newest.as_ref() < Some(&last), "{newest:?} {last:?}");
            backup::inspect(&last.0.as_path().into(), &mut |_| {}).unwrap();
            newest = Some(last);
        }
        // One a day is restored to prove it, and one that cannot be is told and tried again with the next.
        let proved = proof::last(&settings).unwrap();
        assert!(
            proved.failure.is_none() && made(&settings).iter().all(|path| !path.ends_with(&proved.backup))
        );
        let junk = super::folder(&settings).join("scheduled-20000101T000000.archive.gz");
        fs::write(&junk, "junk").unwrap();
        fs::remove_file(super::folder(&settings).join(".proof.json")).unwrap();
        proof::daily(&settings, &app, &junk).await;
        let failed = proof::last(&settings).unwrap();
        assert!(junk.ends_with(&failed.backup) && failed.failure.is_some(), "{failed:?}");
        assert_eq!(scheduled(&settings, &app, EVERY).await, EVERY);
        assert_eq!(proof::last(&settings).unwrap().failure, None);

        // Another server makes it at this moment: look again soon.
        let lease = Lease::take(&app, "backup", LEASE_MS).await.unwrap().unwrap();
        let before = made(&settings);
        assert_eq!(scheduled(&settings, &app, EVERY).await, Duration::from_secs(60));
        assert_eq!(made(&settings), before);
        lease.release(&app).await;

        // One that fails is tried again sooner, and takes nothing away.
        let kept = folder.path().join("kept");
        fs::rename(super::folder(&settings), &kept).unwrap();
        fs::write(super::folder(&settings), "no folder").unwrap();
        assert_eq!(scheduled(&settings, &app, EVERY).await, Duration::from_secs(900));
        assert_eq!(seen_in(&kept).len(), 2);
    }
}
