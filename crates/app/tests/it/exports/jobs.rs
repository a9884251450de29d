//! Exports as jobs: one writer at a time, nothing half under a name, nothing kept longer than it should be.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use app::exports::{self, ExportSpec, Format, to_path};
use app::lease::Lease;
use app::{App, AppError};
use model::Id;
use model::collections::{AUDIT_LOG, USERS};
use model::documents::{AdminExport, Event, ExportFilters, ExportStatus, ExportType, Record, Role, User};
use sha2::{Digest, Sha256};
use store::{Batch, Filter, TypedStore, Value, Write};

use crate::forgetful::Forgetful;
use crate::house::House;
use crate::meddling::Meddling;

crate::on_every_engine!(
    an_export_is_written_into_the_folder,
    two_servers_write_one_once,
    what_a_dead_server_left_is_written_anew,
    a_server_that_dies_each_time_is_not_tried_for_ever,
    what_is_cancelled_stops_and_leaves_nothing,
    cancelling_never_loses_the_file_that_was_there,
    power_that_is_gone_ends_work_under_way,
    an_export_goes_with_its_maker,
    a_command_that_was_killed_is_buried,
    files_go_when_their_time_is_over_and_strangers_stay,
    a_folder_that_cannot_be_made_is_told,
    nothing_secret_is_in_any_file,
    the_same_data_gives_the_same_bytes,
    everything_is_a_backup,
    a_backup_that_stays_is_encrypted_where_that_is_set,
    a_file_that_cannot_be_written_is_told_without_its_place,
    what_takes_too_long_is_told_so,
);

fn spec(export_type: ExportType, format: Format) -> ExportSpec {
    ExportSpec { export_type, format: Some(format), filters: ExportFilters::default() }
}

impl House {
    async fn events(&self, count: i64) {
        let calendar = self.calendar(&self.mara, "Hall").await;
        let start: jiff::Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let mut batch = Batch::new();
        for hour in 0..count {
            let from = start + jiff::SignedDuration::from_hours(hour);
            let until = from + jiff::SignedDuration::from_hours(1);
            let mut event =
                Event::new(self.app.new_id(), self.mara.user_id, calendar.id, "Gala", from, until);
            event.internal_notes = Some("canary-internal".to_owned());
            event.derive();
            event.touch(self.app.now());
            batch.insert(&event).unwrap();
        }
        self.store.commit(batch).await.unwrap();
    }

    async fn order(&self, format: Format) -> AdminExport {
        exports::create(&self.app, &self.admin, spec(ExportType::Events, format), None).await.unwrap()
    }

    async fn export(&self, id: Id) -> AdminExport {
        self.store.read(id).await.unwrap().unwrap()
    }

    async fn set(&self, id: Id, set: Vec<(&'static str, Value)>) {
        let write = Write::Update {
            collection: &model::collections::ADMIN_EXPORTS,
            filter: Filter::eq("_id", id),
            set,
            add: Vec::new(),
            must_match: true,
        };
        self.store.commit(Batch { writes: vec![write] }).await.unwrap();
    }

    fn exports_dir(&self) -> PathBuf {
        self.app.settings().exports_dir.clone()
    }

    /// Names in the exports folder.
    fn files(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.exports_dir()) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn entries(&self, action: &'static str) -> u64 {
        self.store.count(&AUDIT_LOG, Filter::eq("action", action)).await.unwrap()
    }
}

async fn an_export_is_written_into_the_folder(house: House) {
    house.events(600).await;
    for format in [Format::Ndjson, Format::Xlsx] {
        let asked = house.order(format).await;
        assert_eq!((asked.status, asked.file_path.as_deref()), (ExportStatus::Pending, None));
        assert_eq!(exports::run_pending(&house.app).await.unwrap(), 1);
        let made = house.export(asked.id).await;
        assert_eq!((made.status, made.record_count), (ExportStatus::Completed, Some(600)));
        assert_eq!((made.progress_count, made.attempts), (Some(600), Some(1)));
        let bytes = fs::read(house.exports_dir().join(made.file_path.unwrap())).unwrap();
        assert_eq!(made.file_size, Some(i64::try_from(bytes.len()).unwrap()));
        assert_eq!(made.digest, Some(hex::encode(Sha256::digest(&bytes))));
        assert!(made.expires_at.unwrap() > made.completed_at.unwrap());
    }
    assert_eq!(house.files().len(), 2, "nothing is left beside them");
    assert_eq!((house.entries("export.requested").await, house.entries("export.made").await), (2, 2));
    assert_eq!(exports::run_pending(&house.app).await.unwrap(), 0);
}

async fn two_servers_write_one_once(house: House) {
    house.events(600).await;
    let other = house.second();
    for _ in 0..5 {
        let asked = house.order(Format::Ndjson).await;
        let (one, two) = tokio::join!(exports::run_pending(&house.app), exports::run_pending(&other));
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        let made = house.export(asked.id).await;
        assert_eq!((made.status, made.attempts), (ExportStatus::Completed, Some(1)));
    }
    assert_eq!(house.files().len(), 5);
}

/// The lease of an export, as a server holds it that is about to die.
async fn hold(app: &App, id: Id, for_ms: i64) -> Lease {
    Lease::take(app, &format!("export:{id}"), for_ms).await.unwrap().unwrap()
}

async fn what_a_dead_server_left_is_written_anew(house: House) {
    house.events(10).await;
    let asked = house.order(Format::Csv).await;
    let lease = hold(&house.app, asked.id, 3_600_000).await;
    fs::create_dir_all(house.exports_dir()).unwrap();
    let half = house.exports_dir().join(format!(".{}-{}.csv.partial", asked.id, lease.number()));
    fs::write(&half, "half of it").unwrap();
    let other = house.second();
    assert_eq!(exports::run_pending(&other).await.unwrap(), 0, "it is being written");
    exports::tidy(&other).await.unwrap();
    assert!(half.exists(), "and what is written is left alone");
    lease.release(&house.app).await;
    assert_eq!(exports::run_pending(&other).await.unwrap(), 1);
    let made = house.export(asked.id).await;
    assert_eq!((made.status, made.record_count), (ExportStatus::Completed, Some(10)));
    exports::tidy(&other).await.unwrap();
    assert_eq!(house.files(), [made.file_path.unwrap()]);
}

async fn a_server_that_dies_each_time_is_not_tried_for_ever(house: House) {
    let asked = house.order(Format::Csv).await;
    house.set(asked.id, vec![("attempts", Value::Int(3))]).await;
    exports::run_pending(&house.app).await.unwrap();
    let ended = house.export(asked.id).await;
    assert_eq!(ended.status, ExportStatus::Error);
    assert!(ended.error_message.unwrap().contains("went away"));
    assert_eq!((house.files().len(), house.entries("export.failed").await), (0, 1));
}

async fn what_is_cancelled_stops_and_leaves_nothing(house: House) {
    house.events(3_000).await;
    let path = house.folder.path().join("events.ndjson");
    let (app, admin) = (house.app.clone(), house.admin);
    let runtime = tokio::runtime::Handle::current();
    let mut seen = Vec::new();
    // With the first records in, somebody else cancels it.
    let mut progress = |count| {
        seen.push(count);
        if seen.len() == 1 {
            std::thread::scope(|scope| {
                let cancelling = scope.spawn(|| {
                    runtime.block_on(async {
                        let waiting: Vec<AdminExport> =
                            app.store().all(Filter::eq("status", "pending")).await.unwrap();
                        exports::cancel(&app, &admin, waiting[0].id).await.unwrap();
                    })
                });
                cancelling.join().unwrap();
            });
        }
    };
    let spec = spec(ExportType::Events, Format::Ndjson);
    let ended = to_path(&house.app, &house.admin, &spec, &path, false, &mut progress).await;
    let Err(AppError::Conflict { code: "export_failed", detail }) = ended else { panic!("{ended:?}") };
    assert!(detail.contains("cancelled"), "{detail}");
    assert!(seen.last().unwrap() < &3_000, "it stopped before its end: {seen:?}");
    let names: Vec<_> = fs::read_dir(house.folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
    let left = names.iter().filter(|entry| entry.file_name().to_string_lossy().contains("ndjson"));
    assert_eq!(left.count(), 0, "{names:?}");
    let export: AdminExport = house.store.first(Filter::All(Vec::new())).await.unwrap().unwrap();
    assert_eq!((export.status, export.cancelled_by), (ExportStatus::Error, Some(admin.user_id)));
    assert_eq!(house.entries("export.made").await, 0);
}

/// Before whichever call to the store it comes, or after whichever commit: a whole file stands there, and which one is told.
async fn cancelling_never_loses_the_file_that_was_there(house: House) {
    house.events(3).await;
    let path = house.folder.path().join("events.ndjson");
    let half = house.folder.path().join(".events.ndjson.partial");
    let spec = spec(ExportType::Events, Format::Ndjson);
    for is_after in [false, true] {
        let (mut kept, mut left) = (0, 0);
        for number in 0.. {
            fs::write(&path, "kept").unwrap();
            // How much of the new file was on disk when somebody came.
            let written = Arc::new(OnceLock::new());
            let (somebody, admin) = (house.app.clone(), house.admin);
            let (writing, partial) = (written.clone(), half.clone());
            let cancel = move |call| {
                let (somebody, writing, partial) = (somebody.clone(), writing.clone(), partial.clone());
                async move {
                    if call != number {
                        return;
                    }
                    writing.set(fs::read(partial).unwrap_or_default()).unwrap();
                    let waiting: Vec<AdminExport> =
                        somebody.store().all(Filter::eq("status", "pending")).await.unwrap();
                    for export in waiting {
                        exports::cancel(&somebody, &admin, export.id).await.unwrap();
                    }
                }
            };
            let meddling = if is_after {
                Meddling::after_commits(house.store.clone(), cancel)
            } else {
                Meddling::before(house.store.clone(), cancel)
            };
            let app = house.before(Arc::new(meddling));
            let ended = to_path(&app, &house.admin, &spec, &path, true, &mut |_| {}).await;
            let stands = fs::read(&path).unwrap();
            let is_kept = stands == b"kept";
            assert!(!half.exists(), "{number}: nothing is left beside it");
            match ended {
                Ok(_) => assert!(!is_kept, "{number}"),
                Err(AppError::Conflict { code: "export_failed", detail }) => {
                    assert!(detail.contains("cancelled"), "{number}: {detail}");
                    assert_eq!(detail.contains("was put there just before"), !is_kept, "{number}: {detail}");
                    // Once more before it takes its place, it is asked whether it still goes on.
                    let was_whole = !is_after || written.get() == Some(&stands);
                    assert!(is_kept || was_whole, "{number}: {detail}");
                    (kept, left) = (kept + i32::from(is_kept), left + i32::from(!is_kept));
                }
                Err(error) => panic!("{number}: {error:?}"),
            }
            if written.get().is_none() {
                break;
            }
        }
        assert!(kept > 1 && left == 1, "{kept} {left}");
    }
}

async fn power_that_is_gone_ends_work_under_way(house: House) {
    house.events(3).await;
    let demote = |user: &mut User| user.role = Role::User;
    let disable = |user: &mut User| user.is_disabled = true;
    for take_away in [&demote as &dyn Fn(&mut User), &disable] {
        let asked = house.order(Format::Csv).await;
        let before: User = house.store.read(house.admin.user_id).await.unwrap().unwrap();
        let mut user = before.clone();
        take_away(&mut user);
        user.touch(house.app.now());
        let mut batch = Batch::new();
        batch.replace(&user, before.revision).unwrap();
        house.store.commit(batch).await.unwrap();
        exports::run_pending(&house.app).await.unwrap();
        let ended = house.export(asked.id).await;
        assert_eq!(ended.status, ExportStatus::Error);
        assert!(ended.error_message.unwrap().contains("no administrator any more"));
        assert!(house.files().is_empty());
        let mut back = User { revision: user.revision, ..before };
        back.touch(house.app.now());
        let mut batch = Batch::new();
        batch.replace(&back, user.revision).unwrap();
        house.store.commit(batch).await.unwrap();
    }
}

async fn a_command_that_was_killed_is_buried(house: House) {
    let asked = house.order(Format::Csv).await;
    house.set(asked.id, vec![("is_elsewhere", Value::Bool(true))]).await;
    let lease = hold(&house.app, asked.id, 3_600_000).await;
    let other = house.second();
    assert_eq!(exports::run_pending(&other).await.unwrap(), 0);
    assert_eq!(house.export(asked.id).await.status, ExportStatus::Pending, "the command lives");
    lease.release(&house.app).await;
    assert_eq!(exports::run_pending(&other).await.unwrap(), 0);
    let ended = house.export(asked.id).await;
    assert_eq!(ended.status, ExportStatus::Error);
    assert!(ended.error_message.unwrap().contains("Run it again"));
    assert!(house.files().is_empty(), "nobody asked for it there");
}

async fn files_go_when_their_time_is_over_and_strangers_stay(house: House) {
    house.events(3).await;
    let (old, young) = (house.order(Format::Csv).await.id, house.order(Format::Csv).await.id);
    exports::run_pending(&house.app).await.unwrap();
    house.set(old, vec![("expires_at", Value::Instant("2020-01-01T00:00:00Z".parse().unwrap()))]).await;
    // Another store on the same data folder has exports that this one knows nothing of.
    let theirs = [format!("{}-1.csv", house.app.new_id()), format!(".{}-1.csv.partial", house.app.new_id())];
    let strangers = ["notes.txt", "backup-1.csv", ".hidden", &theirs[0], &theirs[1]];
    let orphans = [format!("{young}-77.csv"), format!(".{young}-78.csv.partial")];
    for name in strangers.into_iter().chain(orphans.iter().map(String::as_str)) {
        fs::write(house.exports_dir().join(name), "x").unwrap();
    }
    for _ in 0..2 {
        exports::tidy(&house.app).await.unwrap();
        let kept = house.export(young).await;
        let mut expected: Vec<String> = strangers.map(str::to_owned).into();
        expected.extend(kept.file_path);
        expected.sort();
        assert_eq!(house.files(), expected);
    }
    let over = house.export(old).await;
    assert_eq!((over.status, over.file_path.as_deref()), (ExportStatus::Completed, None));
    assert!(over.file_removed_at.is_some() && over.digest.is_some() && over.record_count == Some(3));
    let gone = exports::open(&house.app, &house.admin, old).await.unwrap_err();
    assert!(matches!(gone, AppError::Conflict { code: "export_gone", .. }), "{gone:?}");
}

async fn a_folder_that_cannot_be_made_is_told(house: House) {
    fs::write(house.exports_dir(), "a file, not a folder").unwrap();
    let asked = house.order(Format::Csv).await;
    exports::run_pending(&house.app).await.unwrap();
    let ended = house.export(asked.id).await;
    assert_eq!(ended.status, ExportStatus::Error);
    assert!(ended.error_message.unwrap().contains("exports folder cannot be made"));
}

/// Every format of every type: sealed tokens are nowhere, and what is internal is in no calendar.
async fn nothing_secret_is_in_any_file(house: House) {
    house.events(3).await;
    let before: User = house.store.read(house.mara.user_id).await.unwrap().unwrap();
    let mut user = before.clone();
    user.access_token = Some("canary-secret-1".to_owned());
    user.refresh_token = Some("canary-secret-2".to_owned());
    user.google_access_token = Some("canary-secret-3".to_owned());
    user.google_refresh_token = Some("canary-secret-4".to_owned());
    user.touch(house.app.now());
    let mut batch = Batch::new();
    batch.replace(&user, before.revision).unwrap();
    house.store.commit(batch).await.unwrap();
    let secrets: Vec<_> = USERS.names(model::schema::Exposure::Secret).collect();
    for export_type in [ExportType::Events, ExportType::Users] {
        for format in Format::ALL {
            if export_type == ExportType::Users && format == Format::Ics {
                continue;
            }
            let path = house.folder.path().join(format!("all.{}", format.name()));
            let spec = spec(export_type, format);
            to_path(&house.app, &house.admin, &spec, &path, true, &mut |_| {}).await.unwrap();
            let text = readable(&path, format);
            assert!(!text.contains("canary-secret"), "{export_type:?} {format:?}");
            assert!(!secrets.iter().any(|name| text.contains(name)), "{export_type:?} {format:?}");
            let is_table = export_type == ExportType::Events && format != Format::Ics;
            assert_eq!(text.contains("canary-internal"), is_table, "{export_type:?} {format:?}");
        }
    }
}

/// What stands in a file, unpacked where it is packed.
fn readable(path: &std::path::Path, format: Format) -> String {
    if format != Format::Xlsx {
        return fs::read_to_string(path).unwrap();
    }
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    for place in 0..archive.len() {
        std::io::Read::read_to_string(&mut archive.by_index(place).unwrap(), &mut text).unwrap();
    }
    text
}

/// Whoever is deleted takes along what they asked for: what is made, what waits, and what is being written.
async fn an_export_goes_with_its_maker(house: House) {
    house.events(3_000).await;
    let mut maker = User::new(house.app.new_id(), "second", "second@example.org", "Second", Role::Admin);
    house.insert(&mut maker).await;
    let caller = app::Caller { user_id: maker.id, ..house.admin };
    let order = async || {
        let spec = spec(ExportType::Events, Format::Ndjson);
        exports::create(&house.app, &caller, spec, None).await.unwrap().id
    };
    let made = order().await;
    exports::run_pending(&house.app).await.unwrap();
    assert!(exports::open(&house.app, &caller, made).await.is_ok());
    let other = exports::open(&house.app, &house.admin, made).await.unwrap_err();
    assert!(matches!(other, AppError::NotFound { .. }), "a file is for who asked: {other:?}");
    let waiting = order().await;
    let lease = hold(&house.app, waiting, 3_600_000).await;
    app::accounts::users::delete(&house.app, &house.admin, maker.id, None).await.unwrap();
    lease.release(&house.app).await;
    for id in [made, waiting] {
        let export: Option<AdminExport> = house.store.read(id).await.unwrap();
        assert!(export.is_none(), "{export:?}");
    }
    assert_eq!(exports::run_pending(&house.app).await.unwrap(), 0);
    exports::tidy(&house.app).await.unwrap();
    assert_eq!(house.files(), Vec::<String>::new());
    assert_eq!(house.entries("export.requested").await, 2, "that somebody asked is not forgotten");
    let report = app::doctor::look(&house.app, &mut |_, _| {}).await.unwrap();
    assert_eq!(report.findings, []);
}

/// A full backup as an export is a backup like any other.
async fn everything_is_a_backup(house: House) {
    house.events(600).await;
    let all =
        ExportSpec { export_type: ExportType::FullBackup, format: None, filters: ExportFilters::default() };
    let asked = exports::create(&house.app, &house.admin, all, None).await.unwrap();
    assert_eq!(exports::run_pending(&house.app).await.unwrap(), 1);
    let made = house.export(asked.id).await;
    assert_eq!(made.status, ExportStatus::Completed, "{made:?}");
    let path = house.exports_dir().join(made.file_path.unwrap());
    let contents = app::backup::inspect(&path.as_path().into(), &mut |_| {}).unwrap();
    assert_eq!(made.record_count, i64::try_from(contents.documents).ok());
    let file = exports::open(&house.app, &house.admin, asked.id).await.unwrap();
    assert!(file.name.ends_with(".archive.gz") && file.media_type == "application/gzip", "{file:?}");
    assert_eq!(house.files().len(), 1);
}

async fn a_backup_that_stays_is_encrypted_where_that_is_set(house: House) {
    house.events(3).await;
    let key = age::x25519::Identity::generate();
    let identity = house.folder.path().join("key.txt");
    fs::write(&identity, age::secrecy::ExposeSecret::expose_secret(&key.to_string())).unwrap();
    let app =
        house.with_settings(|settings| settings.backup_encrypt_to = key.to_public().to_string().parse().ok());
    let all =
        ExportSpec { export_type: ExportType::FullBackup, format: None, filters: ExportFilters::default() };
    let asked = exports::create(&app, &house.admin, all.clone(), None).await.unwrap();
    assert_eq!(exports::run_pending(&app).await.unwrap(), 1);
    let made = house.export(asked.id).await;
    let path = house.exports_dir().join(made.file_path.unwrap());
    assert!(fs::read(&path).unwrap().starts_with(b"age-encryption.org/v1"));
    let origin = app::backup::Origin { path, identity: Some(identity) };
    let contents = app::backup::inspect(&origin, &mut |_| {}).unwrap();
    assert_eq!(made.record_count, i64::try_from(contents.documents).ok());
    let file = exports::open(&app, &house.admin, asked.id).await.unwrap();
    assert!(file.name.ends_with(".archive.gz.age"), "{file:?}");
    assert_eq!(file.media_type, "application/octet-stream");
    exports::tidy(&app).await.unwrap();
    assert_eq!(house.files().len(), 1, "it is one of ours");
    // Tables have no such form, and a file of the command line is as its command says.
    let csv = exports::create(&app, &house.admin, spec(ExportType::Events, Format::Csv), None).await.unwrap();
    exports::run_pending(&app).await.unwrap();
    let table = house.exports_dir().join(house.export(csv.id).await.file_path.unwrap());
    assert!(fs::read(table).unwrap().starts_with(b"_id,"));
    let elsewhere = house.folder.path().join("all.archive.gz");
    to_path(&app, &house.admin, &all, &elsewhere, false, &mut |_| {}).await.unwrap();
    app::backup::inspect(&elsewhere.as_path().into(), &mut |_| {}).unwrap();
}

async fn the_same_data_gives_the_same_bytes(house: House) {
    house.events(50).await;
    for format in Format::ALL {
        let path = house.folder.path().join(format!("all.{}", format.name()));
        let spec = spec(ExportType::Events, format);
        let mut sums = Vec::new();
        for _ in 0..2 {
            let made = to_path(&house.app, &house.admin, &spec, &path, true, &mut |_| {}).await.unwrap();
            sums.push(made.sha256);
        }
        assert_eq!(sums[0], sums[1], "{format:?}");
    }
}

async fn a_file_that_cannot_be_written_is_told_without_its_place(house: House) {
    house.events(3).await;
    for (number, format) in [Some(Format::Csv), None].into_iter().enumerate() {
        let export_type = if format.is_some() { ExportType::Events } else { ExportType::FullBackup };
        let spec = ExportSpec { export_type, format, filters: ExportFilters::default() };
        let asked = exports::create(&house.app, &house.admin, spec, None).await.unwrap();
        // A folder lies where the file would be begun.
        let ending = format.map_or("archive.gz", |_| "csv");
        fs::create_dir_all(house.exports_dir().join(format!(".{}-1.{ending}.partial", asked.id))).unwrap();
        exports::run_pending(&house.app).await.unwrap();
        let ended = house.export(asked.id).await;
        assert_eq!(ended.status, ExportStatus::Error, "{number}");
        let said = ended.error_message.unwrap();
        assert!(said.contains(&format!("{}-1.{ending} cannot be written", asked.id)), "{said}");
        assert!(!said.contains('/') && !said.contains(house.exports_dir().to_str().unwrap()), "{said}");
    }
}

async fn what_takes_too_long_is_told_so(house: House) {
    let app = house.before(Arc::new(Forgetful(house.store.clone())));
    let asked = house.order(Format::Csv).await;
    exports::run_pending(&app).await.unwrap();
    let ended = house.export(asked.id).await;
    assert_eq!((ended.status, ended.attempts), (ExportStatus::Error, Some(1)), "it would take as long again");
    let said = ended.error_message.unwrap();
    assert!(said.contains("longer than the store keeps one moment"), "{said}");
}
