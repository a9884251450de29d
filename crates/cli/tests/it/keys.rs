//! Sealing keys: made, changed while people stay connected, the old one taken away, and what a lost one means.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::{Browser, House, KEY, MIRA};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_changed_and_the_old_one_taken_away() {
    let mut house = House::new().await;
    house.create_days(3);
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    let uses = house.json(&["--json", "keys", "status"]).await;
    assert_eq!(uses, json!([{"key_id": "k1", "is_configured": true, "secrets": 2}]));

    let made = house.run(&["keys", "generate", "--id", "k2"]).await.ok().out;
    let new = made.trim();
    assert!(new.starts_with("k2:") && !new.contains(char::is_whitespace), "{made}");
    let again = house.json(&["--json", "keys", "generate", "--id", "k2"]).await;
    assert_ne!(again["key"], new, "every key is another");

    house.set("keys", &format!("{new},{KEY}"));
    let doctor = house.run(&["--json", "doctor"]).await.json();
    let finding = doctor.as_array().unwrap().iter().find(|one| one["check"] == "newest key in use").unwrap();
    assert_eq!(
        (&finding["verdict"], &finding["fix"]),
        (&json!("warning"), &json!("Run `callboard keys rotate`."))
    );
    let rotated = house.json(&["--json", "keys", "rotate"]).await;
    assert_eq!(rotated, json!({"sealed_anew": 2, "key_id": "k2"}));
    let rotated = house.run(&["keys", "rotate"]).await.ok();
    assert!(rotated.out.starts_with("0 secrets"), "{rotated:?}");

    house.set("keys", new);
    let uses = house.json(&["--json", "keys", "status"]).await;
    assert_eq!(uses, json!([{"key_id": "k2", "is_configured": true, "secrets": 2}]));
    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!(runs[0]["events_created"], 3, "{runs}");
    let stored = house.rows("users").concat();
    assert!(stored.contains("k2.") && !stored.contains("k1."), "{stored}");

    // The wrong key: said, with the way back, and nothing is lost.
    house.set("keys", KEY);
    house.run(&["sync"]).await.refused(1, &["key `k2`", "add it again"]);
    house.run(&["keys", "rotate"]).await.refused(1, &["key `k2`"]);
    let doctor = house.run(&["doctor"]).await.refused(1, &["checks failed"]);
    assert!(doctor.out.contains("2 secrets need a key that is not configured"), "{doctor:?}");
    house.set("keys", new);
    house.json(&["--json", "sync"]).await;
}

/// S27: the key is changed while people work: what either key has sealed opens all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_changed_under_load_and_both_keys_answer_meanwhile() {
    let mut house = House::new().await;
    house.create_days(3);
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    let new = house.run(&["keys", "generate", "--id", "k2"]).await.ok().out.trim().to_owned();
    house.set("keys", &format!("{new},{KEY}"));
    let server = house.serve().await;
    // A script, as signing in would seal the tokens with the new key.
    let worker = house.script(&server).await;
    let stop = Arc::new(AtomicBool::new(false));
    let working = {
        let stop = stop.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while !stop.load(Ordering::SeqCst) || done < 20 {
                // Opens the sealed tokens each time.
                let plans = worker.post("/api/v1/sync/runs", json!({"dry_run": true})).await;
                assert_eq!(plans.status, 200, "{plans:?}");
                done += 1;
            }
            done
        })
    };
    let rotated = house.json(&["--json", "keys", "rotate"]).await;
    assert_eq!(rotated["key_id"], "k2", "{rotated}");
    stop.store(true, Ordering::SeqCst);
    assert!(working.await.unwrap() >= 20);
    server.stop().await;
    let uses = house.json(&["--json", "keys", "status"]).await;
    assert_eq!(uses[1], json!({"key_id": "k1", "is_configured": true, "secrets": 0}), "{uses}");

    house.set("keys", &new);
    let server = house.serve().await;
    let browser = Browser::sign_in(&server.url, MIRA).await;
    let plans = browser.post("/api/v1/sync/runs", json!({"dry_run": true})).await;
    assert_eq!(plans.status, 200, "{plans:?}");
    server.stop().await;
}
