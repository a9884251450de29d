//! Sealing keys: made, changed while people stay connected, the old one taken away, and what a lost one means.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::sealing::Sealer;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::harness::{Browser, House, KEY, MIRA};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_changed_and_the_old_one_taken_away() {
    changed_and_taken_away(House::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_changed_and_the_old_one_taken_away_on_mongodb() {
    changed_and_taken_away(House::on_mongodb().await).await;
}

async fn changed_and_taken_away(mut house: House) {
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
    changed_under_load(House::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_is_changed_under_load_on_mongodb_and_both_keys_answer_meanwhile() {
    changed_under_load(House::on_mongodb().await).await;
}

async fn changed_under_load(mut house: House) {
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

/// Every sealed value of the store: collection, owner, field's name in front of it, the value.
fn sealed(house: &House) -> Vec<(&'static str, model::Id, String, String)> {
    let mut all = Vec::new();
    for collection in model::collections::ALL {
        for row in house.rows(collection.name) {
            let owner: model::Id = row.split(' ').next().unwrap().to_lowercase().parse().unwrap();
            let words: Vec<&str> = row.split('"').collect();
            for (place, word) in words.iter().enumerate() {
                let is_ours = ["k1", "k2"].contains(&Sealer::key_id_of(word).unwrap_or_default());
                if is_ours && word.len() > 40 {
                    let field = words[place - 2].to_owned();
                    all.push((collection.name, owner, field, (*word).to_owned()));
                }
            }
        }
    }
    all
}

/// L15 over whole stores, after sign-ins, a refresh and a change of keys: each nonce once, nothing opens for anybody else,
/// one copy of each secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn l15_every_secret_is_sealed_once_and_opens_for_its_owner_alone() {
    const OTHER: &str = "tomas.lind@harbourhall.example";
    for mut house in [House::new().await, House::on_mongodb().await] {
        house
            .world()
            .add_user(simulators::world::UserSpec {
                id: String::new(),
                name: "Tomas Lind".to_owned(),
                mail: OTHER.to_owned(),
                time_zone: "W. Europe Standard Time".to_owned(),
            })
            .unwrap();
        house.create_days(1);
        let (server, _) = house.serve_mira().await;
        Browser::sign_in(&server.url, OTHER).await;
        server.stop().await;
        let mut nonces = BTreeSet::new();
        let mut values = BTreeSet::new();
        let mut keys = KEY.to_owned();
        for step in ["sign-in", "refresh", "rotation"] {
            if step == "refresh" {
                house.fault(json!({"route": "delta", "kind": "status", "status": 401, "count": 1})).await;
                house.json(&["--json", "sync"]).await;
            } else if step == "rotation" {
                let new = house.run(&["keys", "generate", "--id", "k2"]).await.ok().out;
                keys = format!("{},{KEY}", new.trim());
                house.set("keys", &keys);
                house.json(&["--json", "keys", "rotate"]).await;
            }
            let sealer = Sealer::from_keys(&keys.clone().into()).unwrap();
            let found = sealed(&house);
            assert_eq!(found.len(), 4, "two people, two tokens each, and no other copy: {step}");
            let mut secrets = BTreeSet::new();
            for (collection, owner, field, value) in &found {
                assert_eq!(*collection, "users", "{step}");
                secrets.insert(sealer.open(value, *owner, field).unwrap().expose_secret().to_owned());
                for (_, other, other_field, _) in &found {
                    if (other, other_field) != (owner, field) {
                        assert!(sealer.open(value, *other, other_field).is_err(), "{step}: it was moved");
                    }
                }
                let (key, sealed) = value.split_once('.').unwrap();
                // What was written anew has a nonce of its own: 24 bytes, 32 characters.
                if values.insert(value.clone()) {
                    assert!(
                        nonces.insert((key.to_owned(), sealed[..32].to_owned())),
                        "{step}: a nonce twice"
                    );
                }
            }
            assert_eq!(secrets.len(), 4, "{step}: one copy of each secret");
        }
        assert!(values.len() >= 9, "all were sealed anew, and one more by the refresh: {}", values.len());
    }
}
