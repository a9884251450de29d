//! `kill -9` of commands at moments that are told by what they have done so far; the same command then ends as if nothing
//! had happened.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::{House, Program, until};

/// A house with so many events of two people, and their mail addresses.
async fn seeded(house: &House, events: &str) -> Vec<String> {
    let words = ["--json", "seed", "--users", "2", "--events", events, "--years", "1"];
    let seeded = house.json(&words).await;
    let emails = seeded["emails"].as_array().unwrap();
    emails.iter().map(|email| email.as_str().unwrap().to_owned()).collect()
}

/// Kills it as soon as `has_come` so far, or when it has ended by itself. Answers whether it was killed.
async fn kill_when(what: &str, program: &mut Program, end: &str, has_come: impl Fn() -> bool) -> bool {
    let said = |program: &Program| [end, "callboard: "].iter().any(|end| program.said().contains(end));
    until(what, async || (has_come() || said(program)).then_some(())).await;
    let is_running = program.ended().is_none();
    program.kill();
    assert!(!program.said().contains("callboard: "), "{what}: {}", program.said());
    is_running && !said(program)
}

fn size(path: &Path) -> u64 {
    let with_log = [path.to_owned(), PathBuf::from(format!("{}-wal", path.display()))];
    with_log.iter().filter_map(|path| fs::metadata(path).ok()).map(|data| data.len()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deletion_that_is_killed_goes_on_where_it_was() {
    killed_deletion(&House::new().await, "3600", &[9, 7, 5, 3]).await;
}

/// Kills a deletion whenever so many tenths of somebody's events are left, and looks for what is left in the end.
pub(crate) async fn killed_deletion(house: &House, events: &str, at_tenths: &[usize]) {
    let emails = seeded(house, events).await;
    let owner = house.rows("users").into_iter().find(|row| row.contains(&emails[1])).unwrap();
    let owner = owner.split_once(' ').unwrap().0.to_lowercase();
    let of_owner = || house.rows("events").iter().filter(|row| row.contains(&owner)).count();
    let (theirs, all) = (of_owner(), house.rows("events").len());
    assert!(theirs > 600, "{theirs}");
    let words = ["users", "delete", &emails[1], "--yes"];
    let mut killed = 0;
    for tenths in at_tenths {
        let mut delete = house.start(&words);
        let has_come = || of_owner() <= theirs * tenths / 10;
        killed += u32::from(kill_when("events go", &mut delete, "was deleted", has_come).await);
        let person = house.rows("users").into_iter().find(|row| row.contains(&emails[1]));
        if let Some(person) = person.filter(|person| person.contains("deletion_requested_at")) {
            assert!(person.contains("\"is_disabled\":true"), "who is being deleted is shut out: {person}");
        }
    }
    assert!(killed as usize >= at_tenths.len().div_ceil(2), "most kills came too late: {killed}");
    let ended = house.run(&words).await;
    assert!(ended.code == Some(0) || ended.err.contains("mail address"), "{ended:?}");
    assert_eq!(house.rows("events").len(), all - theirs, "and nobody else's");
    for collection in ["users", "calendars", "categories", "locations", "sync_links", "api_tokens"] {
        let left = house.rows(collection).into_iter().filter(|row| row.to_lowercase().contains(&owner));
        assert_eq!(left.collect::<Vec<_>>(), Vec::<String>::new(), "{collection}");
    }
    let decisions = house.rows("audit_log").into_iter().filter(|row| row.contains("user.deleted"));
    assert_eq!(decisions.count(), 1, "one decision, one entry");
    assert_eq!(house.json(&["--json", "doctor", "--data"]).await["findings"], json!([]), "counts are right");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restore_into_an_empty_store_that_is_killed_has_not_happened() {
    let house = House::new().await;
    seeded(&house, "3000").await;
    let file = house.folder.path().join("a.archive.gz").display().to_string();
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let before = house.rows("events");
    let other = house.folder.path().join("other.db");
    let fresh = house.folder.path().join("other.db.restoring");
    let to = format!("sqlite:{}", other.display());
    let words = ["--store", &to, "restore", &file];
    let mut killed = 0;
    for bytes in [1, 400_000, 1_600_000, 3_200_000] {
        let mut restore = house.start(&words);
        let has_come = || size(&fresh) >= bytes;
        killed += u32::from(kill_when("the new store grows", &mut restore, "were restored", has_come).await);
        assert!(!other.exists() || size(&fresh) == 0, "nothing has the name that is not whole");
        if other.exists() {
            break;
        }
    }
    assert!(killed >= 2, "most kills came too late: {killed}");
    if !other.exists() {
        house.run(&words).await.ok();
    }
    assert!(!fresh.exists());
    let mut there = house;
    there.set("store", &to);
    let again = there.folder.path().join("b.ndjson").display().to_string();
    there.run(&["export", "--type", "events", "--format", "ndjson", "--out", &again]).await.ok();
    assert_eq!(fs::read_to_string(&again).unwrap().lines().count(), before.len());
    assert_eq!(there.json(&["--json", "doctor", "--data"]).await["findings"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restore_into_mongodb_that_is_killed_is_taken_back_at_the_next_start_or_finished() {
    let house = House::on_mongodb().await;
    let emails = seeded(&house, "300").await;
    let file = house.folder.path().join("a.archive.gz").display().to_string();
    house.run(&["backup", "create", "--out", &file]).await.ok();
    let there = house.rows("events");
    house.json(&["--json", "tokens", "create", "--user", &emails[0]]).await;
    let before = (house.rows("events"), house.rows("api_tokens"));
    let half = async || {
        let mut restore = house.start(&["restore", &file, "--replace"]);
        let has_come = || {
            let is_marked = house.rows("leases").iter().any(|row| row.contains("restore-under-way"));
            is_marked && house.rows("users").is_empty()
        };
        assert!(kill_when("the store is emptied", &mut restore, "were restored", has_come).await);
    };
    half().await;
    house
        .run(&["backup", "create", "--out", &format!("{file}.b")])
        .await
        .refused(1, &["cut short", "Start the server"]);
    let server = house.serve().await;
    let said = server.stop().await;
    assert!(said.contains("What was there before is in its place again, from before-restore-"), "{said}");
    assert!((house.rows("events"), house.rows("api_tokens")) == before);

    half().await;
    house.run(&["restore", &file, "--replace"]).await.ok();
    assert!(house.rows("events") == there && house.rows("api_tokens").is_empty());
    assert!(!house.rows("leases").iter().any(|row| row.contains("restore-")), "{:?}", house.rows("leases"));
}
