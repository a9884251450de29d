//! `--dry-run` of what makes files or data: it tells what then happens, and makes nothing.

use std::fs;

use serde_json::{Value, json};

use crate::harness::House;

const SEED: [&str; 6] = ["--json", "seed", "--users", "2", "--events", "1200"];
const LOOK: &[&str] = &["--dry-run"];

/// Names in the folder of a house, the data folder's among them.
fn names(house: &House) -> Vec<String> {
    let of = |path: std::path::PathBuf| -> Vec<String> {
        let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path().display().to_string()).collect()
    };
    let folder = house.folder.path();
    let mut names = [of(folder.to_owned()), of(folder.join("data"))].concat();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_look_at_an_export_or_a_backup_tells_what_is_then_written() {
    for house in [House::new().await, House::on_mongodb().await] {
        house.json(&SEED).await;
        let out = |name: &str| house.folder.path().join(name).display().to_string();
        let mut looks: Vec<Vec<String>> = ["csv", "ndjson", "json", "xlsx", "ics"]
            .map(|format| {
                let words = ["export", "--type", "events", "--format", format, "--out"];
                [&words.map(str::to_owned)[..], &[out(&format!("events.{format}"))]].concat()
            })
            .into();
        looks.push(["export", "--type", "full_backup", "--out", &out("all")].map(str::to_owned).into());
        looks.push(["backup", "create", "--out", &out("backup")].map(str::to_owned).into());
        for words in looks {
            let words: Vec<&str> = ["--json"].into_iter().chain(words.iter().map(String::as_str)).collect();
            let (records, before) = (house.rows("admin_exports"), names(&house));
            let planned = house.json(&[&words[..], LOOK].concat()).await;
            assert_eq!((house.rows("admin_exports"), names(&house)), (records, before), "{words:?}");
            let made = house.json(&words).await;
            // A full backup has the entry in the audit log that asked for it, and every backup its moment.
            let (entries, bytes) = match (words[3], words[1]) {
                ("full_backup", _) => (1, 1_000),
                (_, "backup") => (0, 1_000),
                _ => (0, 0),
            };
            let number = |answer: &Value, name: &str| answer[name].as_u64().unwrap_or_default();
            for (member, least) in [("record_count", entries), ("documents", 0)] {
                assert_eq!(number(&planned, member) + least, number(&made, member), "{words:?} {member}");
            }
            let size = |answer: &Value| number(answer, "file_size");
            assert!(size(&planned).abs_diff(size(&made)) <= bytes, "{words:?}: {planned} {made}");
            assert_eq!(planned["replaces"], json!(false));
            house.run(&[&words[..], LOOK].concat()).await.refused(1, &["is there already"]);
            let again = house.json(&[&words[..], LOOK, &["--replace"]].concat()).await;
            assert_eq!(again["replaces"], json!(true));
        }
        let nowhere = out("none/events.csv");
        house
            .run(&["export", "--type", "events", "--out", &nowhere, "--dry-run"])
            .await
            .refused(1, &["cannot be written", "none/events.csv"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_look_at_a_seed_tells_what_is_then_there() {
    let house = House::new().await;
    let before = names(&house);
    let first = house.json(&[&SEED[..], LOOK].concat()).await;
    house.run(&["export", "--type", "events", "--out", "a.csv", "--dry-run"]).await.refused(1, &["no store"]);
    assert_eq!(names(&house), before, "a look makes no store");
    assert_eq!((&first["events"], &first["before"]), (&json!(1_200), &json!(0)));
    assert!(first["store"].as_str().unwrap().starts_with("a new store at "), "{first}");
    let made = house.json(&SEED).await;
    for member in ["emails", "events", "houses", "around"] {
        assert_eq!(first[member], made[member], "{member}");
    }
    let stored = house.everything();
    let second = house.json(&[&SEED[..], LOOK].concat()).await;
    assert_eq!((&second["events"], &second["before"]), (&json!(1_200), &json!(1_200)));
    let other = ["seed", "--users", "3", "--events", "1200", "--dry-run"];
    house.run(&other).await.refused(1, &["are here already"]);
    let another = house.json(&["--json", "seed", "--events", "50", "--random-seed", "9", "--dry-run"]).await;
    assert_eq!(another["before"], json!(0));
    assert!(house.everything() == stored);
    let house = House::on_mongodb().await;
    let planned = house.json(&[&SEED[..], LOOK].concat()).await;
    assert_eq!((&planned["events"], &planned["before"]), (&json!(1_200), &json!(0)));
    assert_eq!(house.collections(), Vec::<String>::new(), "a look makes no collection");
}
