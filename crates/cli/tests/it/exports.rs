//! `callboard export`: what an administrator takes away, and what stays.

use std::fs;

use serde_json::Value;

use crate::harness::House;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn events_and_people_are_written_in_every_format() {
    let house = House::new().await;
    let seed = ["--json", "seed", "--users", "2", "--events", "300", "--years", "1"];
    let emails = house.json(&seed).await["emails"].clone();
    let folder = house.folder.path();
    for format in ["csv", "ndjson", "json", "xlsx", "ics"] {
        let path = folder.join(format!("events.{format}"));
        let out = path.to_str().unwrap();
        let words = ["--json", "export", "--type", "events", "--format", format, "--out", out];
        let made = house.json(&words).await;
        // Of a calendar's own are no entries for what only differs inside.
        let count = made["record_count"].as_u64().unwrap();
        assert!(count == 300 || (format == "ics" && (200..=300).contains(&count)), "{format}: {count}");
        assert_eq!(made["file_size"], fs::metadata(&path).unwrap().len(), "{format}");
        house.run(&words).await.refused(1, &["is there already", out]);
        house.run(&[&words[..], &["--replace"]].concat()).await.ok();
    }
    let calendar = fs::read_to_string(folder.join("events.ics")).unwrap();
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n") && calendar.ends_with("END:VCALENDAR\r\n"));
    let records = house.rows("admin_exports");
    assert_eq!(records.len(), 10, "each has a record");
    assert!(records.iter().all(|row| row.contains("\"status\":\"completed\"")), "{records:?}");
    let whole: Value = serde_json::from_slice(&fs::read(folder.join("events.json")).unwrap()).unwrap();
    assert_eq!(whole["items"].as_array().map(Vec::len), Some(300));
    let table = fs::read_to_string(folder.join("events.csv")).unwrap();
    assert!(table.starts_with("_id,user_id,"), "{table:.100}");
    assert!(table.lines().next().is_some_and(|heads| heads.contains("internal_notes (internal)")));

    let path = folder.join("people.csv");
    let out = path.to_str().unwrap();
    house.run(&["export", "--type", "users", "--out", out]).await.ok();
    let table = fs::read_to_string(&path).unwrap();
    assert!(emails.as_array().unwrap().iter().all(|email| table.contains(email.as_str().unwrap())));

    let one = folder.join("one.ndjson");
    let email = emails[0].as_str().unwrap();
    let mut words = vec!["export", "--type", "events", "--format", "ndjson", "--out", one.to_str().unwrap()];
    words.extend(["--user", email]);
    house.run(&words).await.ok();
    assert_eq!(fs::read_to_string(&one).unwrap().lines().count(), 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_sealed_token_is_in_an_export() {
    let house = House::new().await;
    let (_server, _) = house.serve_mira().await;
    let sealed: Vec<String> = house
        .rows("users")
        .iter()
        .flat_map(|row| {
            let user: Value = serde_json::from_str(row.splitn(3, ' ').nth(2).unwrap()).unwrap();
            let members = user.as_object().unwrap().clone();
            members.into_iter().filter(|(name, _)| name.contains("token"))
        })
        .filter_map(|(_, value)| value.as_str().map(str::to_owned))
        .filter(|text| text.len() > 30)
        .collect();
    assert!(!sealed.is_empty(), "she signed in with Outlook");
    for format in ["csv", "ndjson", "json"] {
        let path = house.folder.path().join(format!("people.{format}"));
        let out = path.to_str().unwrap();
        house.run(&["export", "--type", "users", "--format", format, "--out", out]).await.ok();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(crate::harness::MIRA), "{format}");
        assert!(!sealed.iter().any(|secret| text.contains(secret)), "{format}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn everything_as_an_export_is_a_backup() {
    let house = House::new().await;
    house.run(&["seed", "--users", "2", "--events", "50", "--years", "1"]).await.ok();
    let path = house.folder.path().join("all.archive.gz");
    let out = path.to_str().unwrap();
    house.run(&["export", "--type", "full_backup", "--out", out]).await.ok();
    house.run(&["backup", "verify", out]).await.ok();
    let with_format = ["export", "--type", "full_backup", "--format", "csv", "--out", out, "--replace"];
    house.run(&with_format).await.refused(2, &["format", "leave it out"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_exported_is_said() {
    let house = House::new().await;
    house.run(&["migrate", "up"]).await.ok();
    let out = house.folder.path().join("events.csv");
    let out = out.to_str().unwrap();
    let export = async |words: &[&str]| house.run(&[&["export", "--out", out], words].concat()).await;
    export(&["--type", "events", "--from", "soon"]).await.refused(2, &["--from", "2026-11-23"]);
    let backwards = ["--type", "events", "--from", "2026-11-23", "--to", "2026-11-22"];
    export(&backwards).await.refused(2, &["--to must lie after --from"]);
    export(&["--type", "users", "--format", "ics"]).await.refused(2, &["format", "only events"]);
    export(&["--type", "users", "--location", "Hall"]).await.refused(2, &["filters", "leave them out"]);
    export(&["--type", "events", "--user", "nobody@example.org"]).await.refused(2, &["no such user"]);
    let nowhere = ["export", "--type", "events", "--out", "/nowhere/at/all/events.csv"];
    house.run(&nowhere).await.refused(1, &["/nowhere/at/all", "cannot be written"]);
    assert_eq!(
        fs::read_dir(house.folder.path())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().contains("events.csv") })
            .count(),
        0
    );
}
