//! Backups that a running server makes by itself.

use std::fs;

use jiff::ToSpan;
use serde_json::{Value, json};

use crate::harness::{House, day_from_today, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_was_down_makes_proves_and_keeps_the_backups_that_are_due() {
    for mut house in [House::new().await, House::on_mongodb().await] {
        house.set("backup_every", "6h");
        house.set("backup_keep", "2");
        house.json(&["--json", "seed", "--users", "1", "--events", "200"]).await;
        let folder = house.folder.path().join("data/backups");
        fs::create_dir_all(&folder).unwrap();
        // Those of the days before the server went down.
        let older = [-4, -3, -2].map(|day| {
            let day = day_from_today(day).strftime("%Y%m%d").to_string();
            format!("scheduled-{day}T030000.archive.gz")
        });
        for name in &older {
            let out = folder.join(name).display().to_string();
            house.run(&["backup", "create", "--out", &out]).await.ok();
        }
        let by_hand = folder.join("mine.archive.gz").display().to_string();
        house.run(&["backup", "create", "--out", &by_hand]).await.ok();
        let names = || -> Vec<String> {
            let entries = fs::read_dir(&folder).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.filter(|name| name.starts_with("scheduled-")).collect();
            names.sort();
            names
        };

        let server = house.serve().await;
        until("a backup is made", async || {
            server.program.said().contains("a backup was made and read back").then_some(())
        })
        .await;
        until("it is restored to prove it", async || {
            server.program.said().contains("restored into a scratch store and is equal").then_some(())
        })
        .await;
        let kept = names();
        server.stop().await;
        let findings = house.run(&["--json", "doctor"]).await.json();
        let proof = |one: &&Value| one["check"] == "restored to prove it";
        let proof = findings.as_array().unwrap().iter().find(proof).unwrap();
        assert_eq!(
            (&proof["verdict"], proof["found"].as_str()),
            (&json!("ok"), Some(&*format!("0 hours ago: {}", kept[1])))
        );
        assert_eq!(kept.len(), 2, "older ones go: {kept:?}");
        assert_eq!(kept[0], older[2], "the newest of the older ones stays");
        let yesterday = day_from_today(0).checked_sub(1.day()).unwrap().strftime("%Y%m%d").to_string();
        assert!(kept[1] > format!("scheduled-{yesterday}"), "{kept:?}");
        assert!(fs::exists(&by_hand).unwrap(), "what a person made is nobody else's to take away");
        let hidden = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(!hidden.into_iter().any(|name| name.to_string_lossy().ends_with(".partial")));
        let newest = folder.join(&kept[1]).display().to_string();
        let proved = house.json(&["--json", "backup", "verify", &newest]).await;
        let events = proved["collections"].as_array().unwrap().iter().find(|one| one["name"] == "events");
        assert_eq!(events.unwrap()["count"], 200);
    }
}
