//! A restore in place, as engines have it that cannot swap a store: whole, or what was there before.

use std::path::Path;
use std::sync::Arc;

use app::AppError;
use app::backup::{self, Before, CreateOptions, Keeping, Occasion, Origin};
use app::exports::{self, ExportSpec, Format};
use model::collections::{EVENTS, LEASES, SESSIONS, SYNC_CURSORS};
use model::documents::{AdminExport, Event, ExportFilters, ExportStatus, ExportType, SyncCursor};
use model::schema::Collection;
use secrecy::ExposeSecret;
use store::{Batch, Document, Filter, Layer, Store, StoreError, TypedStore, Write};

use crate::careless::{Careless, Slip};
use crate::dying::Dying;
use crate::forgetful::Forgetful;
use crate::house::{House, STEP};

crate::on_every_engine!(
    what_was_there_comes_back_and_what_came_since_goes,
    a_restore_that_fails_puts_back_what_was_there,
    a_restore_that_was_cut_short_is_known_and_finished,
    a_restore_that_was_cut_short_is_taken_back,
    one_that_was_cut_short_before_it_began_changes_nothing,
    what_is_restored_is_compared_however_long_that_takes,
    what_came_out_otherwise_is_found,
    exports_that_waited_do_not_wait_again,
    the_cursors_of_many_are_dropped_in_bounded_commits,
    a_backup_of_an_older_form_has_no_validators_that_refuse_it,
    dying_at_any_commit_what_was_there_comes_back,
);

async fn event(house: &House, title: &str) {
    let calendar = house.calendar(&house.mara, &format!("For {title}")).await;
    let start: jiff::Timestamp = "2027-03-01T09:00:00Z".parse().unwrap();
    let end = start + jiff::SignedDuration::from_hours(2);
    let mut event = Event::new(house.app.new_id(), house.mara.user_id, calendar.id, title, start, end);
    event.derive();
    house.insert(&mut event).await;
}

async fn titles(house: &House) -> Vec<String> {
    let events: Vec<Event> = house.app.store().all(Filter::All(vec![])).await.unwrap();
    let mut titles: Vec<String> = events.into_iter().map(|event| event.title).collect();
    titles.sort();
    titles
}

async fn backed_up(house: &House, path: &Path) -> backup::Contents {
    backup::create(&house.app, &house.admin, path, &CreateOptions::default(), &mut |_| {}).await.unwrap();
    backup::inspect(&Origin::from(path), &mut |_| {}).unwrap()
}

async fn what_was_there_comes_back_and_what_came_since_goes(house: House) {
    let folder = tempfile::tempdir().unwrap();
    event(&house, "first").await;
    let contents = backed_up(&house, &folder.path().join("a")).await;
    assert!(!backup::is_empty(house.app.store()).await.unwrap());
    event(&house, "second").await;
    let restored = backup::restore_in_place(&house.app, &contents, None, &mut |_| {}).await.unwrap();
    assert_eq!(restored.documents, contents.documents);
    assert_eq!(titles(&house).await, ["first"]);
    assert_eq!(backup::unfinished(house.app.store()).await.unwrap(), None);
    for collection in [&SESSIONS, &LEASES] {
        assert_eq!(house.app.store().count(collection, Filter::All(vec![])).await.unwrap(), 0);
    }
    let (path, options) = (folder.path().join("b"), CreateOptions::default());
    let mara = backup::create(&house.app, &house.mara, &path, &options, &mut |_| {}).await;
    assert!(mara.is_err(), "backups are for administrators");
}

async fn a_restore_that_fails_puts_back_what_was_there(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let (old, now) = (folder.path().join("old"), folder.path().join("now"));
    event(&house, "first").await;
    let contents = backed_up(&house, &old).await;
    event(&house, "second").await;
    let before = backed_up(&house, &now).await;
    // Between the reading and the restore the file goes bad.
    let bytes = std::fs::read(&old).unwrap();
    std::fs::write(&old, &bytes[..bytes.len() - 9]).unwrap();
    let failed =
        backup::restore_in_place(&house.app, &contents, Some(&before), &mut |_| {}).await.unwrap_err();
    assert!(failed.to_string().contains("in its place again"), "{failed}");
    assert_eq!(titles(&house).await, ["first", "second"]);
    assert_eq!(backup::unfinished(house.app.store()).await.unwrap(), None);
}

async fn a_restore_that_was_cut_short_is_known_and_finished(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    event(&house, "first").await;
    let contents = backed_up(&house, &path).await;
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let failed = backup::restore_in_place(&house.app, &contents, None, &mut |_| {}).await.unwrap_err();
    assert!(failed.to_string().contains("run the same command again"), "{failed}");
    assert!(backup::unfinished(house.app.store()).await.unwrap().is_some());
    std::fs::write(&path, &bytes).unwrap();
    backup::restore_in_place(&house.app, &contents, None, &mut |_| {}).await.unwrap();
    assert_eq!(backup::unfinished(house.app.store()).await.unwrap(), None);
    assert_eq!(house.app.store().count(&EVENTS, Filter::All(vec![])).await.unwrap(), 1);
}

/// Everything that a backup has.
async fn everything(house: &House) -> Vec<String> {
    let mut all = Vec::new();
    let each = |collection: &'static Collection, documents: Vec<Document>| {
        all.extend(documents.iter().map(|one| format!("{} {}", collection.name, one.json)));
        true
    };
    let all_of_it = backup::collections().map(|one| (one, Filter::All(vec![]))).collect();
    house.store.stream_many(all_of_it, Box::new(each)).await.unwrap();
    all
}

async fn a_restore_that_was_cut_short_is_taken_back(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let (old, now) = (folder.path().join("old"), folder.path().join("now"));
    event(&house, "first").await;
    let contents = backed_up(&house, &old).await;
    event(&house, "second").await;
    let before = backed_up(&house, &now).await;
    // The marks come first: this is after them, with something gone already.
    let store = Arc::new(Dying::at(house.store.clone(), 4, true));
    let dying = house.process(store.clone(), 1);
    assert!(backup::restore_in_place(&dying, &contents, Some(&before), &mut |_| {}).await.is_err());
    assert!(store.has_died());
    let found = backup::unfinished(&*house.store).await.unwrap().unwrap();
    assert_eq!(found.before, Before::File("now".to_owned()));
    let second = house.second();
    let busy = backup::roll_back(&second, Some(&before), &mut |_| {}).await.unwrap_err();
    assert!(busy.to_string().contains("restores this store"), "it may be alive: {busy}");
    backup::roll_back(&house.process(house.store.clone(), 2), Some(&before), &mut |_| {}).await.unwrap();
    assert_eq!(backup::unfinished(&*house.store).await.unwrap(), None);
    assert_eq!(titles(&house).await, ["first", "second"]);
    assert_eq!(house.store.count(&LEASES, Filter::All(vec![])).await.unwrap(), 0);
}

async fn one_that_was_cut_short_before_it_began_changes_nothing(house: House) {
    event(&house, "first").await;
    let marked = backup::begin_in_place(&house.process(house.store.clone(), 1)).await.unwrap();
    assert_eq!(marked.before, Before::Untouched);
    let found = backup::unfinished(&*house.store).await.unwrap().unwrap();
    assert_eq!(found.before, Before::Untouched, "servers see it");
    // Its process is gone by now: whoever comes next takes the mark away, and nothing else.
    backup::roll_back(&house.process(house.store.clone(), 2), None, &mut |_| {}).await.unwrap();
    assert_eq!(backup::unfinished(&*house.store).await.unwrap(), None);
    assert_eq!(titles(&house).await, ["first"]);
    let next = house.process(house.store.clone(), 3);
    backup::begin_in_place(&next).await.unwrap().give_up(&next).await.unwrap();
    assert_eq!(house.store.count(&LEASES, Filter::All(vec![])).await.unwrap(), 0);
}

async fn what_is_restored_is_compared_however_long_that_takes(house: House) {
    let folder = tempfile::tempdir().unwrap();
    event(&house, "first").await;
    event(&house, "second").await;
    let contents = backed_up(&house, &folder.path().join("a")).await;
    let forgetful = house.before(Arc::new(Forgetful(house.store.clone())));
    event(&house, "third").await;
    backup::restore_in_place(&forgetful, &contents, None, &mut |_| {}).await.unwrap();
    assert_eq!(titles(&house).await, ["first", "second"]);
}

async fn what_came_out_otherwise_is_found(house: House) {
    let folder = tempfile::tempdir().unwrap();
    event(&house, "first").await;
    event(&house, "second").await;
    let contents = backed_up(&house, &folder.path().join("a")).await;
    let events: Vec<Event> = house.app.store().all(Filter::All(vec![])).await.unwrap();
    let about = events.iter().find(|event| event.title == "first").unwrap().id;
    let said = [
        (Slip::Lost, format!("document {about} came out otherwise")),
        (Slip::Changed, format!("document {about} came out otherwise")),
        (Slip::Doubled, "events has 3 documents after it was restored, and 2 in the backup".to_owned()),
    ];
    for ((slip, said), number) in said.into_iter().zip(1..) {
        let careless = Careless { inner: house.store.clone(), slip, about };
        let process = house.process(Arc::new(careless), number);
        let error = backup::restore_in_place(&process, &contents, None, &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().contains(&said), "{slip:?}: {error}");
    }
}

/// What is being restored is no old backup to be taken away, however many there are.
#[tokio::test]
async fn a_restore_point_that_is_restored_stays() {
    let house = House::in_memory().await;
    let folder = tempfile::tempdir().unwrap();
    let mut keeping = Keeping { folder: folder.path().to_owned(), keep: 1, spared: None };
    let make = async |keeping: &Keeping| {
        backup::make_and_keep(&house.app, &house.admin, keeping, Occasion::BeforeRestore, &mut |_| {})
            .await
            .unwrap()
            .0
    };
    let first = make(&keeping).await;
    keeping.spared = Some(folder.path().join(".").join(first.file_name().unwrap()));
    let second = make(&keeping).await;
    assert!(first.exists() && second.exists());
    keeping.spared = None;
    let third = make(&keeping).await;
    assert!(!first.exists() && !second.exists() && third.exists());
}

/// A folder of that name, as little a file as one on a disk that may only be read.
#[tokio::test]
async fn an_old_backup_that_cannot_be_taken_away_is_in_nobodys_way() {
    let house = House::in_memory().await;
    let folder = tempfile::tempdir().unwrap();
    let keeping = Keeping { folder: folder.path().to_owned(), keep: 2, spared: None };
    let stays = folder.path().join("before-restore-20200101T000000.archive.gz");
    std::fs::create_dir(&stays).unwrap();
    let mut made = Vec::new();
    for _ in 0..4 {
        let occasion = Occasion::BeforeRestore;
        let new = backup::make_and_keep(&house.app, &house.admin, &keeping, occasion, &mut |_| {}).await;
        made.push(new.unwrap().0);
    }
    assert!(stays.exists());
    assert_eq!(made.iter().map(|path| path.exists()).collect::<Vec<_>>(), [false, false, true, true]);
}

#[tokio::test]
async fn a_backup_replaces_nothing_that_came_meanwhile() {
    let house = House::in_memory().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.archive.gz");
    let mut comes = |_| std::fs::write(&path, "came meanwhile").unwrap();
    let refused =
        backup::create(&house.app, &house.admin, &path, &CreateOptions::default(), &mut comes).await;
    assert!(matches!(refused, Err(AppError::Conflict { code: "file_exists", .. })), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "came meanwhile");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

/// What was there `before`, put back as after a restore that was cut short in its midst.
async fn put_back(
    house: &House,
    process: &mut dyn FnMut(Arc<dyn store::Store>) -> app::App,
    contents: &backup::Contents,
    before: &backup::Contents,
) {
    for commit in 1.. {
        let dying = process(Arc::new(Dying::at(house.store.clone(), commit, true)));
        let _ = backup::restore_in_place(&dying, contents, Some(before), &mut |_| {}).await;
        let found = backup::unfinished(&*house.store).await.unwrap().unwrap();
        let next = process(house.store.clone());
        backup::roll_back(&next, Some(before), &mut |_| {}).await.unwrap();
        if found.before != Before::Untouched {
            return;
        }
    }
}

async fn dying_at_any_commit_what_was_there_comes_back(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let (old, now) = (folder.path().join("old"), folder.path().join("now"));
    event(&house, "first").await;
    let contents = backed_up(&house, &old).await;
    event(&house, "second").await;
    let before = backed_up(&house, &now).await;
    let mut number = 0;
    let mut process = |store: Arc<dyn store::Store>| {
        number += 1;
        house.process(store, number)
    };
    put_back(&house, &mut process, &contents, &before).await;
    let there = everything(&house).await;
    let (mut deaths, mut second_deaths) = (0, 0);
    for commit in 1.. {
        for after in [false, true] {
            let store = Arc::new(Dying::at(house.store.clone(), commit, after));
            let dying = process(store.clone());
            let outcome = backup::restore_in_place(&dying, &contents, Some(&before), &mut |_| {}).await;
            if !store.has_died() {
                outcome.unwrap();
                assert_eq!(titles(&house).await, ["first"]);
                assert!(deaths >= 16 && second_deaths >= 10, "{deaths} {second_deaths}");
                return;
            }
            deaths += 1;
            if let Some(found) = backup::unfinished(&*house.store).await.unwrap() {
                let is_known = found.before == Before::File("now".to_owned());
                assert!(
                    is_known || (found.before == Before::Untouched && everything(&house).await == there),
                    "died at {commit}, after it: {after}: {found:?}"
                );
                // Whoever takes it back dies too, and the next one takes it back.
                let store = Arc::new(Dying::at(house.store.clone(), 1 + commit % 3, !after));
                let _ = backup::roll_back(&process(store.clone()), Some(&before), &mut |_| {}).await;
                second_deaths += u32::from(store.has_died());
                if backup::unfinished(&*house.store).await.unwrap().is_some() {
                    let next = process(house.store.clone());
                    backup::roll_back(&next, Some(&before), &mut |_| {}).await.unwrap();
                }
                assert!(everything(&house).await == there, "died at {commit}, after it: {after}");
            } else if titles(&house).await == ["first"] {
                // It was over but for the answer.
                put_back(&house, &mut process, &contents, &before).await;
            }
            assert!(everything(&house).await == there, "died at {commit}, after it: {after}");
        }
    }
}

async fn exports_that_waited_do_not_wait_again(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full");
    let spec = |export_type, format| ExportSpec { export_type, format, filters: ExportFilters::default() };
    let full = spec(ExportType::FullBackup, None);
    exports::to_path(&house.app, &house.admin, &full, &path, false, &mut |_| {}).await.unwrap();
    let contents = backup::inspect(&Origin::from(path.as_path()), &mut |_| {}).unwrap();
    let count = |name: &str| {
        contents.collections.iter().find(|one| one.name == name).map_or(0, |counted| counted.count)
    };
    assert_eq!((count("admin_exports"), count("users")), (0, 3), "its own record is not in it");

    exports::create(&house.app, &house.admin, spec(ExportType::Events, Some(Format::Csv)), None)
        .await
        .unwrap();
    let contents = backed_up(&house, &folder.path().join("a")).await;
    let later = house.process(house.store.clone(), 1);
    backup::restore_in_place(&later, &contents, None, &mut |_| {}).await.unwrap();
    let exports: Vec<AdminExport> = house.store.all(Filter::All(vec![])).await.unwrap();
    let waited = exports.iter().find(|one| one.export_type == ExportType::Events).unwrap();
    assert_eq!(waited.status, ExportStatus::Error);
    assert!(waited.error_message.as_deref().unwrap().contains("restored from a backup"), "{waited:?}");
}

/// A store that takes no commit with more than so many cursors.
struct Bounded(Arc<dyn Store>);

impl Layer for Bounded {
    fn inner(&self) -> &dyn Store {
        &*self.0
    }

    fn commit<'a>(&'a self, batch: Batch) -> store::BoxFuture<'a, Result<(), StoreError>> {
        for write in &batch.writes {
            if let Write::Update { collection, filter, .. } = write
                && collection.name == SYNC_CURSORS.name
            {
                let Filter::In("_id", ids) = filter else { panic!("however many: {filter:?}") };
                assert!(ids.len() <= STEP as usize, "{}", ids.len());
            }
        }
        self.0.commit(batch)
    }
}

async fn the_cursors_of_many_are_dropped_in_bounded_commits(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let mut batch = Batch::new();
    for _ in 0..2 * STEP + 1 {
        let (id, calendar, at) = (house.app.new_id(), house.app.new_id(), "2026-01-01T00:00:00Z");
        let json = format!(
            "{{\"_id\":\"{id}\",\"user_id\":\"{}\",\"calendar_id\":\"{calendar}\",\"provider\":\"outlook\",\
             \"mode\":\"delta\",\"token\":\"t\",\"is_final\":true,\"compare_due\":false,\"created_at\":\"{at}\",\
             \"updated_at\":\"{at}\",\"revision\":1}}",
            house.mara.user_id
        );
        let document = Document { id, revision: 1, json: json.into() };
        batch.writes.push(Write::Raw { collection: &SYNC_CURSORS, document, expected_revision: None });
    }
    house.store.commit(batch).await.unwrap();
    let contents = backed_up(&house, &folder.path().join("a")).await;
    let app = house.before(Arc::new(Bounded(house.store.clone())));
    backup::restore_in_place(&app, &contents, None, &mut |_| {}).await.unwrap();
    let cursors: Vec<SyncCursor> = house.store.all(Filter::All(vec![])).await.unwrap();
    let is_dropped = |one: &SyncCursor| {
        one.token.is_none() && one.compare_due && one.hold_deletions == Some(true) && one.reason.is_some()
    };
    assert_eq!(cursors.iter().filter(|one| is_dropped(one)).count(), 2 * STEP as usize + 1);
}

async fn a_backup_of_an_older_form_has_no_validators_that_refuse_it(house: House) {
    let folder = tempfile::tempdir().unwrap();
    let validators = |name: &str| {
        let dump = mongodump::Dump::open(&folder.path().join(name), mongodump::Limits::default()).unwrap();
        let introduced = dump.collections().iter();
        introduced.filter(|collection| collection.metadata.contains("$jsonSchema")).count()
    };
    event(&house, "first").await;
    assert!(!app::migrations::pending(&house.app).await.unwrap().is_empty());
    backed_up(&house, &folder.path().join("before")).await;
    assert_eq!(validators("before"), 0);
    app::migrations::up(&house.app, None, &mut |_| {}).await.unwrap();
    backed_up(&house, &folder.path().join("after")).await;
    assert_eq!(validators("after"), backup::collections().count());
}

#[tokio::test]
async fn an_automatic_backup_is_encrypted_to_a_key_and_proved_as_it_is_written() {
    let house = House::in_memory().await;
    event(&house, "first").await;
    let folder = tempfile::tempdir().unwrap();
    let key = age::x25519::Identity::generate();
    let identity = folder.path().join("key.txt");
    std::fs::write(&identity, key.to_string().expose_secret()).unwrap();
    let keeping = Keeping { folder: folder.path().join("backups"), keep: 2, spared: None };
    let app =
        house.with_settings(|settings| settings.backup_encrypt_to = key.to_public().to_string().parse().ok());
    for _ in 0..4 {
        let made =
            backup::make_and_keep(&app, &house.admin, &keeping, Occasion::Scheduled, &mut |_| {}).await;
        let (path, made) = made.unwrap();
        assert!(path.to_str().unwrap().ends_with(".archive.gz.age"), "{path:?}");
        assert!(std::fs::read(&path).unwrap().starts_with(b"age-encryption.org/v1"));
        let origin = Origin { path, identity: Some(identity.clone()) };
        assert_eq!(backup::inspect(&origin, &mut |_| {}).unwrap().documents, made.documents);
    }
    assert_eq!(std::fs::read_dir(&keeping.folder).unwrap().count(), 2);
    // What the program puts back by itself it must be able to read.
    let (path, _) = backup::make_and_keep(&app, &house.admin, &keeping, Occasion::BeforeRestore, &mut |_| {})
        .await
        .unwrap();
    backup::inspect(&Origin::from(path.as_path()), &mut |_| {}).unwrap();
}
