//! Commands and the place of the store: one in the wrong folder makes no empty store, a file is never written over the store,
//! and one that waits for migrations is not worked with.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::harness::{House, MIRA};

/// What works with what others made, so that it wants a store that is there.
const NEED_ONE: &[&[&str]] = &[
    &["backup", "create", "--out", "good.gz", "--replace"],
    &["backup", "create", "--out", "good.gz", "--replace", "--dry-run"],
    &["export", "--type", "events", "--out", "good.gz", "--replace"],
    &["export", "--type", "full_backup", "--out", "good.gz", "--replace"],
    &["export", "--type", "events", "--out", "events.csv", "--dry-run"],
    &["migrate", "status"],
    &["migrate", "up", "--dry-run"],
    &["migrate", "down"],
    &["migrate", "down", "--dry-run"],
    &["users", "list"],
    &["users", "promote", MIRA],
    &["users", "admin-link"],
    &["tokens", "list"],
    &["tokens", "create", "--user", MIRA],
    &["keys", "status"],
    &["keys", "rotate"],
    &["keys", "rotate", "--dry-run"],
    &["doctor", "--data"],
    &["doctor", "--data", "--repair"],
    &["archive"],
    &["archive", "--dry-run"],
    &["sync"],
    &["sync", "--dry-run"],
    &["store", "move", "--to", "sqlite:moved.db"],
    &["store", "move", "--to", "sqlite:moved.db", "--dry-run"],
];

/// What cannot be made: the flag, a value, and what is said of it.
const TOO_MUCH: [[&str; 3]; 5] = [
    ["--users", "0", "1 to 10,000 people"],
    ["--users", "10001", "1 to 10,000 people"],
    ["--events", "10000001", "At most 10,000,000 events"],
    ["--years", "0", "1 to 50 years"],
    ["--around", "1969-12-31", "A day from 1970 to 2200"],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_in_the_wrong_place_makes_no_store() {
    let mut embedded = House::new().await;
    embedded.unset("data_dir");
    let of_it = embedded.folder.path().join("callboard-data/callboard.db").display().to_string();
    for (mut house, says) in
        [(embedded, of_it.as_str()), (House::on_mongodb().await, "no store yet at mongodb://")]
    {
        let good = house.folder.path().join("good.gz");
        fs::write(&good, "the good backup").unwrap();
        for words in NEED_ONE {
            let outcome =
                house.run(words).await.refused(1, &["no store yet", says, "CALLBOARD_STORE", "seed"]);
            assert!(outcome.out.is_empty() && !outcome.err.contains("timeoutMS"), "{outcome:?}");
            let made = fs::read_dir(house.folder.path()).unwrap().count();
            assert_eq!((made, fs::read(&good).unwrap()), (1, b"the good backup".to_vec()), "{words:?}");
        }
        // Nor does one that makes a store where there is none, but cannot make what it was asked for, or without keys.
        let made = |house: &House| fs::read_dir(house.folder.path()).unwrap().count();
        for look in [&[][..], &["--dry-run"]] {
            for [flag, value, said] in TOO_MUCH {
                house.run(&[&["seed", flag, value], look].concat()).await.refused(2, &[said]);
                assert_eq!(made(&house), 1, "{flag} {value}");
            }
        }
        house.unset("keys");
        house.run(&["seed"]).await.refused(2, &["callboard keys generate"]);
        assert_eq!(made(&house), 1, "without keys");
        if says.contains("mongodb") {
            assert_eq!(house.collections(), Vec::<String>::new());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_empty_file_is_no_store_and_a_new_one_that_has_its_form_is() {
    let house = House::new().await;
    fs::create_dir(house.folder.path().join("data")).unwrap();
    fs::write(house.store(), "").unwrap();
    fs::set_permissions(house.store(), fs::Permissions::from_mode(0o600)).unwrap();
    house.run(&["users", "list"]).await.refused(1, &["no store yet"]);
    house.run(&["store", "move", "--to", "sqlite:moved.db"]).await.refused(1, &["no store yet"]);
    house.run(&["migrate", "up"]).await.ok();
    house.run(&["users", "list"]).await.ok();
    house.run(&["keys", "status"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_file_is_written_over_the_store() {
    let house = House::new().await;
    house.json(&["--json", "seed", "--users", "1", "--events", "20"]).await;
    let before = house.everything();
    let folder = house.folder.path();
    symlink(folder.join("data"), folder.join("link")).unwrap();
    symlink(house.store(), folder.join("backup.gz")).unwrap();
    let commands: [&[&str]; 4] = [
        &["backup", "create", "--replace"],
        &["backup", "create", "--replace", "--dry-run"],
        &["export", "--type", "events", "--replace"],
        &["export", "--type", "full_backup", "--replace"],
    ];
    let over = ["data/callboard.db", "data/../data/callboard.db-wal", "link/callboard.db", "backup.gz"];
    for words in commands {
        for out in over.into_iter().chain(["link/callboard.db.lock", "data/callboard.db-shm"]) {
            let words = [words, &["--out", out]].concat();
            house.run(&words).await.refused(2, &["--out names", out, "Nothing was changed"]);
        }
        assert!(house.everything() == before, "{words:?}");
    }
    house.run(&["backup", "create", "--out", "data/callboard.db.gz"]).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_waits_for_migrations_is_only_looked_at() {
    let house = House::new().await;
    let seed = ["--json", "seed", "--users", "2", "--events", "20"];
    let emails = house.json(&seed).await["emails"].clone();
    let email = emails[0].as_str().unwrap();
    house.json(&["--json", "tokens", "create", "--user", email]).await;
    let token = house.json(&["--json", "tokens", "list"]).await[0]["_id"].as_str().unwrap().to_owned();
    house.run(&["migrate", "down", "--to", "1"]).await.ok();
    let before = house.everything();
    let refused: [&[&str]; 14] = [
        &["users", "delete", email, "--yes"],
        &["users", "delete", email, "--dry-run"],
        &["users", "disable", email],
        &["users", "promote", email, "--dry-run"],
        &["users", "admin-link"],
        &["tokens", "create", "--user", email],
        &["tokens", "revoke", &token],
        &["archive"],
        &["archive", "--dry-run"],
        &["export", "--type", "events", "--out", "events.csv"],
        &["export", "--type", "users", "--out", "users.csv", "--dry-run"],
        &["keys", "rotate"],
        &["keys", "rotate", "--dry-run"],
        &["sync"],
    ];
    for words in refused {
        house.run(words).await.refused(1, &["migrations are pending", "callboard migrate up"]);
        assert!(house.everything() == before, "{words:?}");
    }
    let fine: [&[&str]; 6] = [
        &["users", "list"],
        &["tokens", "list"],
        &["keys", "status"],
        &["migrate", "status"],
        &["backup", "create", "--out", "all.gz"],
        &["export", "--type", "full_backup", "--out", "full.gz"],
    ];
    for words in fine {
        house.run(words).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_is_said_in_the_words_of_the_command() {
    let mut house = House::new().await;
    house.json(&["--json", "seed", "--users", "1", "--events", "20"]).await;
    let words =
        ["export", "--type", "events", "--out", "a.csv", "--from", "2027-01-01", "--to", "2026-01-01"];
    house.run(&words).await.refused(2, &["--to must lie after --from"]);
    house.run(&[&words[..], &["--dry-run"]].concat()).await.refused(2, &["--to must lie after --from"]);

    let before = house.everything();
    let same = format!("sqlite:{}", house.folder.path().join("data/../data/callboard.db").display());
    for look in [&[][..], &["--dry-run"]] {
        let words = [&["store", "move", "--to", &same], look].concat();
        house.run(&words).await.refused(2, &["--to names the store that is to be moved"]);
    }
    let looked = house.json(&["--json", "store", "move", "--to", "sqlite:other.db", "--dry-run"]).await;
    assert!(house.everything() == before, "a look notes nothing");
    assert!(
        !house.folder.path().join("data/backups").exists() && !house.folder.path().join("other.db").exists()
    );
    let moved = house.json(&["--json", "store", "move", "--to", "sqlite:other.db"]).await;
    assert_eq!(looked["documents"], moved["documents"]);

    // Before all of the file is read: the key is wanted afterwards.
    house.unset("keys");
    fs::write(house.folder.path().join("no.gz"), "no backup").unwrap();
    house.run(&["restore", "no.gz", "--replace"]).await.refused(2, &["callboard keys generate"]);

    let house = House::on_mongodb().await;
    house.json(&["--json", "seed", "--users", "1", "--events", "5"]).await;
    let words = ["store", "move", "--to", &house.database().store_uri()];
    house.run(&words).await.refused(2, &["--to names the store that is to be moved"]);
}
