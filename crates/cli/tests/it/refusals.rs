//! What can stand in the way at a start: each says what was attempted, why it failed, what to do, and harms nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::harness::{House, MIRA, Outcome, bare};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn wrong_words_are_wrong_usage() {
    let cases: [(&[&str], &str); 9] = [
        (&["server"], "serve"),
        (&["sync", "--calendar", "12"], "12"),
        (&["seed", "--users", "many"], "many"),
        (&["seed", "--users", "0"], "users"),
        (&["tokens", "create"], "--user"),
        (&["tokens", "revoke", "6741a2b0c3d4e5f601020304"], "callboard tokens list"),
        (&["users", "promote", "nobody@x.example"], "mail address"),
        (&["completions", "tcsh"], "zsh"),
        (&["keys", "generate", "--id", "two words"], "letters"),
    ];
    let house = House::new().await;
    house.run(&["migrate", "up"]).await.ok();
    for (words, said) in cases {
        let outcome = house.run(words).await.refused(2, &[said]);
        assert!(outcome.out.is_empty(), "{outcome:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let nothing = Outcome::of(bare(&["sync"], folder.path())).await;
    nothing.refused(2, &["callboard keys generate"]);
    let mut house = House::new().await;
    house.unset("outlook_client_id");
    house.run(&["sync"]).await.refused(2, &["CALLBOARD_OUTLOOK_CLIENT_ID"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_port_in_use_is_said_before_anything_is_made() {
    let mut house = House::new().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    house.run(&["serve", "--listen", &address]).await.refused(1, &[&address, "another program", "--listen"]);
    house.set("listen", &address);
    house.run(&["serve"]).await.refused(1, &[&address, "another program"]);
    assert!(!house.folder.path().join("data").exists());
    let port = taken.local_addr().unwrap().port().to_string();
    house.run(&["simulate", "--graph-port", &port]).await.refused(1, &["another program"]);
    house.run(&["demo", "--port", &port]).await.refused(1, &["another program"]);
    assert!(!house.folder.path().join("target").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_provider_that_cannot_be_reached_is_said() {
    let mut house = House::new().await;
    house.create_days(3);
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    house.set("outlook_graph_url", &nobody);
    let outcome = house.run(&["--json", "sync"]).await.refused(1, &["could not be", "Nothing was lost"]);
    assert_eq!(outcome.json()[0]["state"], "failed", "{outcome:?}");
    house
        .run(&["sync", "--dry-run"])
        .await
        .refused(1, &["cannot be said", "could not be reached", "Nothing was lost"]);
    let doctor = house.run(&["doctor"]).await.refused(1, &["checks failed"]);
    assert!(
        doctor.out.contains("cannot be reached") && doctor.out.contains("do: Check the address"),
        "{doctor:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_is_not_ours_is_left_as_it_is() {
    let house = House::new().await;
    house.run(&["migrate", "up"]).await.ok();
    let good = fs::read(house.store()).unwrap();
    let folder = house.folder.path();
    let sqlite = |name: &str, statements: &str| {
        let path = folder.join(name);
        rusqlite::Connection::open(&path).unwrap().execute_batch(statements).unwrap();
        path
    };
    let newer = folder.join("newer.db");
    fs::write(&newer, &good).unwrap();
    sqlite("newer.db", "PRAGMA user_version = 99");
    let text = folder.join("text.db");
    fs::write(&text, "Dear diary, this is not a database.\n".repeat(20)).unwrap();
    let cut = folder.join("cut.db");
    fs::write(&cut, &good[..good.len() - 1_000]).unwrap();
    let cases = [
        (newer, "newer Callboard", "restore a backup"),
        (
            sqlite("foreign.db", "CREATE TABLE t (x); PRAGMA application_id = 7"),
            "another program",
            "another file",
        ),
        (text, "no SQLite database", "another file"),
        (cut, "damaged", "restore the latest backup"),
    ];
    for (path, why, advice) in cases {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let before = fs::read(&path).unwrap();
        let store = format!("sqlite:{}", path.display());
        for words in [&["serve"][..], &["sync"], &["users", "list"], &["migrate", "up"], &["seed"]] {
            let words = [&["--store", store.as_str()], words].concat();
            let outcome = house.run(&words).await.refused(1, &[why, advice]);
            assert!(outcome.out.is_empty(), "{outcome:?}");
        }
        let doctor = house.run(&["--store", &store, "doctor"]).await.refused(1, &["checks failed"]);
        assert!(doctor.out.contains(why), "{doctor:?}");
        assert_eq!(fs::read(&path).unwrap(), before, "{} was touched", path.display());
    }
    let store = format!("sqlite:{}", folder.display());
    house.run(&["--store", &store, "users", "list"]).await.refused(1, &["is a folder"]);
}

/// A store with a migration that this program does not know, although its file format is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_migration_of_a_newer_version_is_refused() {
    let house = House::new().await;
    house.run(&["migrate", "up"]).await.ok();
    let file = rusqlite::Connection::open(house.store()).unwrap();
    let changed = file
        .execute(
            "UPDATE schema_migrations SET number = 99, doc = replace(doc, '\"number\":1', '\"number\":99') WHERE number = 1",
            [],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(file);
    for words in [&["serve"][..], &["migrate", "status"], &["migrate", "up"], &["seed"]] {
        house.run(words).await.refused(1, &["migration 99", "newer version", "restore a backup"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_folder_that_cannot_be_written_is_said() {
    let house = House::new().await;
    // Not even root makes files there.
    for store in ["sqlite:/proc/callboard/callboard.db", "sqlite:/sys/callboard.db"] {
        for words in [&["--store", store, "serve"][..], &["--store", store, "migrate", "up"]] {
            house
                .run(words)
                .await
                .refused(1, &["cannot make", "Give the folder to the user that runs Callboard"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_ended_grant_asks_for_a_sign_in_and_heals_with_it() {
    let house = House::new().await;
    house.create_days(3);
    let (server, browser) = house.serve_mira().await;
    house.json(&["--json", "sync"]).await;
    house.sim("POST", "revoke", Some(serde_json::json!({"user": MIRA}))).await;
    house.run(&["sync"]).await.refused(1, &["Sign in with Outlook again"]);
    let me = browser.get("/api/v1/me").await.ok();
    assert_eq!(me["connections"]["outlook"]["status"], "reconnect_needed", "{me}");
    let people = house.json(&["--json", "users", "list"]).await;
    assert_eq!(people[0]["state"], "must sign in again");
    assert_eq!(house.rows("events").len(), 3);
    crate::harness::Browser::sign_in(&server.url, MIRA).await;
    house.json(&["--json", "sync"]).await;
    server.stop().await;
}
