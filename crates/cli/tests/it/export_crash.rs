//! `kill -9` at any moment of an export: never half a file under a name, and the same command again gives the same file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{House, Random, Script, until};

/// Moments of the kills; another seed gives other moments.
const SEED: u64 = 20_261_128;

/// Fills a house with so many events, and answers the mail address of somebody there.
async fn fill(house: &House, events: &str) -> String {
    let seeded = house.json(&["--json", "seed", "--users", "2", "--events", events, "--years", "1"]).await;
    seeded["emails"][0].as_str().unwrap().to_owned()
}

fn sum(path: &Path) -> String {
    hex::encode(Sha256::digest(fs::read(path).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_command_that_is_killed_leaves_no_half_file() {
    killed(&House::new().await, "4000", &["csv", "ndjson", "json", "xlsx", "ics"], 4).await;
}

/// So often at the most it is tried to kill one while it runs.
const MOST_TRIES: u32 = 60;

/// Kills an export in each of these forms so often, and holds the file that comes in the end against an undisturbed one.
pub(crate) async fn killed(house: &House, events: &str, formats: &[&str], kills: u32) {
    fill(house, events).await;
    let mut random = Random(SEED);
    for format in formats {
        let path = house.folder.path().join(format!("events.{format}"));
        let partial = house.folder.path().join(format!(".events.{format}.partial"));
        let words = ["--json", "export", "--type", "events", "--format", format, "--out"];
        let words = [&words[..], &[path.to_str().unwrap()]].concat();
        house.run(&words).await.ok();
        let whole = sum(&path);
        fs::remove_file(&path).unwrap();
        let (mut killed, mut tries, mut wait_us) = (0, 0, 30_000);
        while tries < kills || (killed == 0 && tries < MOST_TRIES) {
            tries += 1;
            let mut export = house.start(&words);
            until("the export is begun", async || (partial.exists() || path.exists()).then_some(())).await;
            tokio::time::sleep(std::time::Duration::from_micros(random.below(wait_us))).await;
            if export.ended().is_none() {
                killed += 1;
            } else {
                // A quick machine: sooner next time.
                wait_us = wait_us / 2 + 1;
            }
            export.kill();
            if path.exists() {
                assert_eq!(sum(&path), whole, "{format}: what has the name is whole");
                fs::remove_file(&path).unwrap();
            }
        }
        assert!(killed > 0, "{format}: no export was killed while it ran");
        let made = house.json(&words).await;
        assert_eq!((sum(&path), &made["sha256"]), (whole.clone(), &json!(whole)), "{format}");
        assert!(!partial.exists(), "{format}: what a dead command left is written over");
    }
    let left = house.rows("admin_exports");
    let pending = left.iter().filter(|row| row.contains("\"status\":\"pending\"")).count();
    let server = house.serve().await;
    until("the records of killed commands are ended", async || {
        let rows = house.rows("admin_exports");
        rows.iter().all(|row| !row.contains("\"status\":\"pending\"")).then_some(())
    })
    .await;
    let ended = house.rows("admin_exports");
    assert_eq!(ended.iter().filter(|row| row.contains("Run it again")).count(), pending, "{ended:#?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_killed_writes_it_at_its_next_start() {
    let house = House::new().await;
    let email = fill(&house, "6000").await;
    house.run(&["users", "promote", &email]).await.ok();
    let token = house.json(&["--json", "tokens", "create", "--user", &email]).await["token"].clone();
    let token = token.as_str().unwrap();
    let whole = house.folder.path().join("whole.csv");
    house.run(&["export", "--type", "events", "--out", whole.to_str().unwrap()]).await.ok();

    let mut random = Random(SEED);
    let folder = house.folder.path().join("data/exports");
    let names = || -> Vec<String> {
        let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let mut server = house.serve().await;
    let script = Script::new(&server.url, token);
    let made = script.post("/api/v1/exports", json!({"export_type": "events", "format": "csv"})).await.ok();
    let address = format!("/api/v1/exports/{}", made["_id"].as_str().unwrap());
    for round in 0..2 {
        until("the export is begun", async || (!names().is_empty()).then_some(())).await;
        tokio::time::sleep(std::time::Duration::from_micros(random.below(20_000))).await;
        server.kill();
        for name in names().iter().filter(|name| !name.starts_with('.')) {
            assert_eq!(sum(&folder.join(name)), sum(&whole), "round {round}: what has a name is whole");
        }
        server = house.serve().await;
    }
    let script = Script::new(&server.url, token);
    let done: Value = until("the export is completed", async || {
        let export = script.get(&address).await.ok();
        (export["status"] != "pending").then_some(export)
    })
    .await;
    assert_eq!((&done["status"], &done["record_count"]), (&json!("completed"), &json!(6_000)), "{done}");
    let file = script.get(&format!("{address}/download")).await;
    assert_eq!(hex::encode(Sha256::digest(&file.text)), done["digest"].as_str().unwrap());
    assert_eq!(file.text, fs::read_to_string(&whole).unwrap());
    // What the dead server left is swept at the start or within the hour; a start does it here.
    server.stop().await;
    let server = house.serve().await;
    let kept = done["file_path"].as_str().unwrap().to_owned();
    until("only the file of the export is left", async || (names() == [kept.clone()]).then_some(())).await;
    server.stop().await;
}
