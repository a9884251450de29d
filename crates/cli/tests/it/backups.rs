//! Backups from the command line: made while the server runs, proved, restored, moved, and what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;

use crate::harness::{House, Program, Script, Server, until};

/// Rows of every collection that a backup has, apart from what a restore itself writes.
const COMPARED: [&str; 9] = [
    "users",
    "calendars",
    "events",
    "categories",
    "locations",
    "sync_logs",
    "sync_links",
    "api_tokens",
    "held_deletions",
];

fn rows(house: &House) -> Vec<Vec<String>> {
    COMPARED.iter().map(|name| house.rows(name)).collect()
}

async fn seeded(events: u32) -> House {
    let house = House::new().await;
    let events = events.to_string();
    house.run(&["seed", "--users", "2", "--events", &events, "--years", "1"]).await.ok();
    house
}

fn path(house: &House, name: &str) -> String {
    house.folder.path().join(name).display().to_string()
}

fn backups(house: &House) -> Vec<String> {
    let Ok(entries) = fs::read_dir(house.folder.path().join("data/backups")) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".archive.gz"));
    names.sort();
    names
}

fn size(path: &str) -> u64 {
    fs::metadata(path).map_or(0, |data| data.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_backed_up_under_a_running_server_comes_back() {
    let house = House::new().await;
    let (server, _browser) = house.serve_mira().await;
    house.run(&["seed", "--users", "2", "--events", "400", "--years", "1"]).await.ok();
    let token = house.token().await;
    let before = rows(&house);
    let file = path(&house, "house.archive.gz");
    let made = house.json(&["--json", "backup", "create", "--out", &file]).await;
    assert_eq!(made["file_size"], fs::metadata(&file).unwrap().len());
    house.run(&["backup", "create", "--out", &file]).await.refused(1, &["is there already", &file]);
    let proved = house.json(&["--json", "backup", "verify", &file]).await;
    assert_eq!(proved["documents"], made["documents"]);
    let events =
        proved["collections"].as_array().unwrap().iter().find(|one| one["name"] == "events").unwrap();
    assert_eq!(events["count"], 400);

    house.run(&["restore", &file, "--replace"]).await.refused(1, &["in use", "nothing was changed"]);
    server.stop().await;
    house.run(&["restore", &file]).await.refused(2, &["not empty", "--replace"]);
    house.run(&["seed", "--users", "1", "--events", "50", "--years", "1", "--random-seed", "9"]).await.ok();
    let later = rows(&house);
    assert_ne!(later, before);
    let told = house.run(&["restore", &file, "--dry-run"]).await.ok();
    assert!(told.out.contains("Nothing was changed"), "{}", told.out);
    assert_eq!(rows(&house), later);
    let restored = house.json(&["--json", "restore", &file, "--replace"]).await;
    assert_eq!(restored["documents"], made["documents"]);
    assert_eq!(rows(&house), before);
    assert!(house.rows("sessions").is_empty(), "everybody signs in again");

    // The way back from the restore is one command too.
    let point = restored["restore_point"].as_str().unwrap().to_owned();
    house.run(&["restore", &point, "--replace"]).await.ok();
    assert_eq!(rows(&house), later);
    house.run(&["restore", &file, "--replace"]).await.ok();

    let server = house.serve().await;
    let answer = Script::new(&server.url, &token).get("/api/v1/events?limit=1").await;
    assert_eq!(answer.status, 200, "tokens of scripts still hold: {answer:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cursors_are_dropped_with_the_reason_and_deletions_wait() {
    let house = House::new().await;
    let (server, _browser) = house.serve_mira().await;
    house.run(&["sync"]).await.ok();
    server.stop().await;
    assert!(house.rows("sync_cursors").iter().any(|row| row.contains("\"token\"")));
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    house.run(&["restore", &file, "--replace"]).await.ok();
    let cursors = house.rows("sync_cursors");
    assert!(!cursors.is_empty());
    for cursor in cursors {
        assert!(!cursor.contains("\"token\""), "{cursor}");
        for part in ["\"compare_due\":true", "\"hold_deletions\":true", "restored from a backup"] {
            assert!(cursor.contains(part), "{part}: {cursor}");
        }
    }
    house.run(&["sync"]).await.ok();
    let cursors = house.rows("sync_cursors");
    assert!(
        cursors.iter().all(|cursor| !cursor.contains("hold_deletions")),
        "nothing was doubtful: {cursors:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn damaged_cut_foreign_and_newer_files_are_refused_and_nothing_changes() {
    let house = seeded(60).await;
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let whole = fs::read(&file).unwrap();
    let before = rows(&house);
    let wrong = path(&house, "wrong");
    for length in [0, 5, 200, whole.len() / 2, whole.len() - 1] {
        fs::write(&wrong, &whole[..length]).unwrap();
        house.run(&["restore", &wrong, "--replace"]).await.refused(1, &[&wrong]);
    }
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    fs::write(&wrong, &flipped).unwrap();
    house.run(&["restore", &wrong, "--replace"]).await.refused(1, &[&wrong]);
    house.run(&["backup", "verify", &wrong]).await.refused(1, &[&wrong]);
    fs::write(&wrong, "no backup at all").unwrap();
    house.run(&["restore", &wrong, "--replace"]).await.refused(1, &["no dump"]);
    house.run(&["restore", &path(&house, "missing"), "--replace"]).await.refused(1, &["missing"]);
    assert_eq!(rows(&house), before);
    assert_eq!(backups(&house), Vec::<String>::new(), "no restore point was made for a file that is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restore_that_is_killed_is_finished_by_the_same_command() {
    let house = seeded(3_000).await;
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let there = rows(&house);
    house.run(&["seed", "--users", "1", "--events", "40", "--years", "1", "--random-seed", "7"]).await.ok();
    let before = rows(&house);
    let fresh = format!("{}.restoring", house.store().display());
    let mut killed = 0;
    // Before anything is there, in the middle, when it is whole, and after the new one took its place.
    for bytes in [0, 1, 500_000, 2_000_000, u64::MAX] {
        let mut restore = house.start(&["restore", &file, "--replace"]);
        let has_come = || match bytes {
            u64::MAX => Path::new(&format!("{}.replaced", house.store().display())).exists(),
            bytes => size(&fresh) + size(&format!("{fresh}-wal")) >= bytes,
        };
        let ended = |restore: &Program| restore.said().contains("were restored");
        until("the restore is so far", async || (has_come() || ended(&restore)).then_some(())).await;
        killed += u32::from(restore.ended().is_none());
        restore.kill();
        let now = rows(&house);
        assert!(now == before || now == there, "after {bytes} bytes: a half");
    }
    assert!(killed >= 3, "most kills came too late: {killed}");
    house.run(&["restore", &file, "--replace"]).await.ok();
    assert_eq!(rows(&house), there);
    let left = |name: &str| Path::new(&format!("{}{name}", house.store().display())).exists();
    assert!(!left(".restoring") && !left(".replaced"));

    let again = path(&house, "again.archive.gz");
    let partial = path(&house, ".again.archive.gz.partial");
    let mut killed = 0;
    for bytes in [0, 1, 60_000] {
        let mut create = house.start(&["backup", "create", "--out", &again, "--replace"]);
        let is_so_far = || Path::new(&partial).exists() && size(&partial) >= bytes;
        let ended = |create: &Program| create.said().contains("were written");
        until("the backup is so far", async || (is_so_far() || ended(&create)).then_some(())).await;
        killed += u32::from(create.ended().is_none());
        create.kill();
        if Path::new(&again).exists() {
            house.run(&["backup", "verify", &again]).await.ok();
        }
    }
    assert!(killed >= 2, "most kills came too late: {killed}");
    house.run(&["backup", "create", "--out", &again, "--replace"]).await.ok();
    house.run(&["backup", "verify", &again]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_moves_to_another_file_and_stays_as_it_was() {
    let house = seeded(120).await;
    let before = rows(&house);
    let other = path(&house, "elsewhere/other.db");
    let to = format!("sqlite:{other}");
    house.run(&["store", "move", "--to", &to, "--dry-run"]).await.ok();
    assert!(!Path::new(&other).exists());
    let moved = house.json(&["--json", "store", "move", "--to", &to]).await;
    assert!(moved["documents"].as_u64().unwrap() > 120);
    assert_eq!(rows(&house), before);
    house.run(&["store", "move", "--to", &to]).await.refused(2, &["not empty"]);
    let exported = path(&house, "there.ndjson");
    let words = ["--store", &to, "export", "--type", "events", "--format", "ndjson", "--out", &exported];
    house.run(&words).await.ok();
    assert_eq!(fs::read_to_string(&exported).unwrap().lines().count(), 120);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_damaged_store_is_replaced_and_put_aside() {
    let house = seeded(30).await;
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let before = rows(&house);
    fs::write(house.store(), "damaged").unwrap();
    house.run(&["restore", &file]).await.refused(1, &["no SQLite database"]);
    house.run(&["restore", &file, "--replace"]).await.ok();
    assert_eq!(rows(&house), before);
    assert_eq!(fs::read(format!("{}.damaged-1", house.store().display())).unwrap(), b"damaged");
}

/// Whether the store can be opened decides nothing about what becomes of the file: none is ever thrown away unread.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_read_is_put_aside_and_what_is_anothers_stays() {
    let house = seeded(60).await;
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let before = rows(&house);
    let whole = fs::read(house.store()).unwrap();
    let open = || rusqlite::Connection::open(house.store()).unwrap();
    let newer = || open().pragma_update(None, "user_version", 99).unwrap();
    let cut = || fs::write(house.store(), &whole[..whole.len() - 5_000]).unwrap();
    let flipped = || {
        let mut bytes = whole.clone();
        bytes[20_000..].chunks_mut(16_384).for_each(|page| page[..200].fill(0xa5));
        fs::write(house.store(), bytes).unwrap();
    };
    for (number, damage) in (1..).zip([&newer as &dyn Fn(), &cut, &flipped]) {
        damage();
        let damaged = fs::read(house.store()).unwrap();
        let restored = house.json(&["--json", "restore", &file, "--replace"]).await;
        let aside = format!("{}.damaged-{number}", house.store().display());
        assert_eq!(restored["restore_point"], aside.as_str());
        assert_eq!(fs::read(&aside).unwrap().len(), damaged.len());
        assert_eq!(rows(&house), before);
    }

    for part in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{part}", house.store().display()));
    }
    open().execute_batch("CREATE TABLE guests (name TEXT); INSERT INTO guests VALUES ('Ada')").unwrap();
    let anothers = fs::read(house.store()).unwrap();
    fs::set_permissions(house.store(), fs::Permissions::from_mode(0o644)).unwrap();
    house.run(&["restore", &file, "--replace"]).await.refused(1, &["another program", "not touched"]);
    assert_eq!(fs::read(house.store()).unwrap(), anothers);
    assert_eq!(fs::metadata(house.store()).unwrap().permissions().mode() & 0o777, 0o644);
}

/// What is acknowledged while a restore begins is in the restore point, or in the restored store.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_that_is_acknowledged_is_lost_to_a_restore() {
    let house = seeded(3_000).await;
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let mut restore = house.start(&["restore", &file, "--replace"]);
    let folder = house.folder.path().join("data/backups");
    until("the restore point is begun", async || folder.exists().then_some(())).await;
    let mut acknowledged = Vec::new();
    while restore.ended().is_none() {
        let name = format!("token {}", acknowledged.len());
        let made = house.run(&["tokens", "create", "--user", "mara.lind@example.org", "--name", &name]).await;
        if made.code == Some(0) {
            acknowledged.push(name);
        }
    }
    let now = house.rows("api_tokens").join("\n");
    let [point] = <[String; 1]>::try_from(backups(&house)).unwrap();
    house.run(&["restore", &path(&house, &format!("data/backups/{point}")), "--replace"]).await.ok();
    let then = house.rows("api_tokens").join("\n");
    for name in acknowledged {
        assert!(now.contains(&name) || then.contains(&name), "{name} was lost");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restore_point_is_the_way_back_however_few_are_kept() {
    let mut house = seeded(30).await;
    house.set("backup_keep", "1");
    let file = path(&house, "house.archive.gz");
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let token = house.json(&["--json", "tokens", "create", "--user", "mara.lind@example.org"]).await;
    assert!(token["token"].is_string());
    let before = rows(&house);
    let restored = house.json(&["--json", "restore", &file, "--replace"]).await;
    assert_ne!(rows(&house), before);
    house.run(&["restore", restored["restore_point"].as_str().unwrap(), "--replace"]).await.ok();
    assert_eq!(rows(&house), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn settings_of_backups_are_looked_at_before_the_server_starts() {
    let mut house = House::new().await;
    for (key, value) in
        [("backup_every", "often"), ("backup_every", "5s"), ("backup_keep", "0"), ("backup_keep", "x")]
    {
        house.set(key, value);
        house.run(&["serve"]).await.refused(2, &[key]);
        house.unset(key);
    }
}

/// A new key of age's: a file with its secret half, as age-keygen writes it, and the public half.
fn new_key(path: &str) -> String {
    let key = age::x25519::Identity::generate();
    let public = key.to_public().to_string();
    fs::write(path, format!("# public key: {public}\n{}\n", key.to_string().expose_secret())).unwrap();
    public
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_encrypted_backup_opens_with_its_key_only() {
    let house = seeded(50).await;
    let before = rows(&house);
    let file = path(&house, "sealed.age");
    let (key, other) = (path(&house, "key.txt"), path(&house, "other.txt"));
    let public = new_key(&key);
    new_key(&other);
    house
        .run(&["backup", "create", "--out", &file, "--encrypt-to", "age1nonsense"])
        .await
        .refused(2, &["age1"]);
    house.run(&["backup", "create", "--out", &file, "--encrypt-to", &public]).await.ok();
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1"));
    house.run(&["backup", "verify", &file]).await.refused(1, &["encrypted", "--identity"]);
    house.run(&["backup", "verify", &file, "--identity", &other]).await.refused(1, &["another key"]);
    house.run(&["backup", "verify", &file, "--identity", &file]).await.refused(1, &["no key"]);
    house.run(&["backup", "verify", &file, "--identity", &key]).await.ok();
    house.run(&["restore", &file, "--identity", &key, "--replace"]).await.ok();
    assert_eq!(rows(&house), before);
    let wrong = path(&house, "wrong.age");
    for length in [10, 100, 300, bytes.len() - 1] {
        fs::write(&wrong, &bytes[..length]).unwrap();
        house.run(&["restore", &wrong, "--identity", &key, "--replace"]).await.refused(1, &[&wrong]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_upgrade_has_a_backup_before_it_and_one_command_takes_it_back() {
    let house = seeded(90).await;
    house.json(&["--json", "migrate", "down", "--to", "1"]).await;
    fs::remove_dir_all(house.folder.path().join("data/backups")).unwrap();
    let (older, migrations) = (rows(&house), house.rows("schema_migrations").len());
    house.run(&["serve"]).await.refused(1, &["2 migrations are pending", "behind a backup"]);
    let server = Server::start(house.command(&["serve", "--migrate"])).await;
    let said = server.stop().await;
    assert!(said.contains("backed up before the migration"), "{said}");
    assert_ne!(rows(&house), older);
    let [before] = <[String; 1]>::try_from(backups(&house)).unwrap();
    assert!(before.starts_with("before-migration-"), "{before}");
    let before = path(&house, &format!("data/backups/{before}"));
    house.run(&["backup", "verify", &before]).await.ok();
    house.run(&["restore", &before, "--replace"]).await.ok();
    assert_eq!((rows(&house), house.rows("schema_migrations").len()), (older, migrations));
    house.run(&["serve"]).await.refused(1, &["2 migrations are pending"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_before_a_migration_is_encrypted_when_that_is_set() {
    let mut house = seeded(30).await;
    house.json(&["--json", "migrate", "down", "--to", "1"]).await;
    fs::remove_dir_all(house.folder.path().join("data/backups")).unwrap();
    let before = rows(&house);
    let key = path(&house, "key.txt");
    let public = new_key(&key);
    house.set("backup_encrypt_to", "age1nonsense");
    house.run(&["serve"]).await.refused(2, &["backup_encrypt_to", "age1"]);
    house.set("backup_encrypt_to", &public);
    house.run(&["migrate", "up"]).await.ok();
    let folder = house.folder.path().join("data/backups");
    let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [sealed] = names.as_slice() else { panic!("{names:?}") };
    assert!(fs::read(sealed).unwrap().starts_with(b"age-encryption.org/v1"));
    let sealed = sealed.display().to_string();
    assert!(sealed.ends_with(".archive.gz.age"), "{sealed}");
    house.run(&["restore", &sealed, "--replace"]).await.refused(1, &["encrypted", "--identity"]);
    house.run(&["restore", &sealed, "--identity", &key, "--replace"]).await.ok();
    assert_eq!(rows(&house), before);
}
