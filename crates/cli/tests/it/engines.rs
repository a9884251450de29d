//! Data that moves between engines: a dump of MongoDB's own tools, and a backup from one engine to the other and back.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::House;

/// The sample of a dump; none, with a line saying so, where the contracts are not at hand.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it looks where the contracts are, and says when they are not there"
)]
fn sample() -> Option<PathBuf> {
    let near = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts");
    let folder = std::env::var("CALLBOARD_CONTRACTS").unwrap_or_else(|_| near.to_owned());
    let folder = PathBuf::from(folder).join("samples/mongodump");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "no contracts at {}", folder.display());
    println!("skipped: no contracts at {}", folder.display());
    None
}

/// The documents that the sample states, by collection: ids and titles.
fn stated(folder: &std::path::Path) -> BTreeMap<String, BTreeMap<String, Value>> {
    let mut stated: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("documents.jsonl")).unwrap().lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let (name, id) = (line["collection"].as_str().unwrap(), line["document"]["_id"]["$oid"].as_str());
        let (name, id) = (name.to_owned(), id.unwrap().to_owned());
        stated.entry(name).or_default().insert(id, line["document"]["title"].take());
    }
    stated
}

/// Events as the command line exports them, by id: titles.
async fn exported(house: &House, name: &str) -> BTreeMap<String, Value> {
    let path = house.folder.path().join(name);
    let words = ["export", "--type", "events", "--format", "ndjson", "--out", path.to_str().unwrap()];
    house.run(&words).await.ok();
    let text = fs::read_to_string(&path).unwrap();
    let event = |line: &str| {
        let mut event: Value = serde_json::from_str(line).unwrap();
        (event["_id"].as_str().unwrap().to_owned(), event["title"].take())
    };
    text.lines().map(event).collect()
}

/// A database of the plain specification, dumped by MongoDB's tools, becomes one of ours.
async fn a_dump_is_taken_and_brought_up_to_date(house: House) {
    let Some(folder) = sample() else { return };
    let stated = stated(&folder);
    for form in ["callboard.archive", "dump"] {
        let told = house.run(&["restore", folder.join(form).to_str().unwrap(), "--dry-run"]).await.ok();
        assert!(told.out.contains("Nothing was changed"), "{form}: {}", told.out);
    }
    house.run(&["restore", folder.join("callboard.archive.gz").to_str().unwrap()]).await.ok();
    house.run(&["migrate", "up"]).await.ok();
    for (collection, documents) in &stated {
        assert_eq!(house.rows(collection).len(), documents.len(), "{collection}");
    }
    assert_eq!(exported(&house, "events.ndjson").await, stated["events"]);
    // What it has of old forms is gone: a second look finds nothing to do.
    let told = house.run(&["migrate", "up"]).await.ok();
    assert!(told.out.contains("Nothing"), "{}", told.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_goes_into_the_embedded_store() {
    a_dump_is_taken_and_brought_up_to_date(House::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_goes_into_mongodb() {
    a_dump_is_taken_and_brought_up_to_date(House::on_mongodb().await).await;
}

/// Collections that a restore brings as they were.
const COMPARED: [&str; 6] = ["users", "calendars", "events", "categories", "locations", "sync_logs"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backup_of_mongodb_is_proved_and_goes_into_the_embedded_store_and_back() {
    let (mongodb, embedded) = (House::on_mongodb().await, House::new().await);
    mongodb.run(&["seed", "--users", "2", "--events", "150", "--years", "1"]).await.ok();
    let rows = |house: &House| COMPARED.map(|name| house.rows(name));
    let before = rows(&mongodb);
    let path = |name: &str| mongodb.folder.path().join(name).display().to_string();
    let (there, back) = (path("there.archive.gz"), path("back.archive.gz"));
    let made = mongodb.json(&["--json", "backup", "create", "--out", &there]).await;
    let proved = mongodb.json(&["--json", "backup", "verify", &there]).await;
    assert_eq!(proved["documents"], made["documents"]);

    embedded.run(&["restore", &there]).await.ok();
    assert_eq!(exported(&embedded, "there.ndjson").await, exported(&mongodb, "here.ndjson").await);
    embedded.run(&["backup", "create", "--out", &back]).await.ok();

    // Something else is there meanwhile; the backup takes its place, and what was there can be had back.
    mongodb.run(&["seed", "--users", "1", "--events", "20", "--years", "1", "--random-seed", "9"]).await.ok();
    let later = rows(&mongodb);
    assert_ne!(later, before);
    mongodb.run(&["restore", &back]).await.refused(2, &["not empty", "--replace"]);
    let cut = path("cut");
    let whole = fs::read(&back).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    mongodb.run(&["restore", &cut, "--replace"]).await.refused(1, &[&cut]);
    assert_eq!(rows(&mongodb), later, "a file that is refused changes nothing");
    let restored = mongodb.json(&["--json", "restore", &back, "--replace"]).await;
    assert_eq!(rows(&mongodb), before);
    let point = restored["restore_point"].as_str().unwrap();
    mongodb.run(&["restore", point, "--replace"]).await.ok();
    assert_eq!(rows(&mongodb), later);
}
