//! Commands that prepare and describe: migrations, development data, the API's description, the simulated Outlook.

use serde_json::{Value, json};

use crate::harness::{House, MIRA, Program, Server, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn migrations_are_shown_planned_and_applied() {
    let house = House::new().await;
    assert_eq!(house.json(&["--json", "migrate", "up", "--to", "0"]).await, json!([]));
    let first = house.json(&["--json", "migrate", "up", "--to", "1"]).await;
    assert_eq!((&first[0]["number"], first.as_array().map(Vec::len)), (&json!(1), Some(1)));
    let status = house.json(&["--json", "migrate", "status"]).await;
    assert_eq!((&status[0]["number"], &status[0]["state"]), (&json!(1), &json!("applied")));
    assert_eq!((&status[1]["number"], &status[1]["state"]), (&json!(2), &json!("pending")));
    let planned = house.json(&["--json", "migrate", "up", "--dry-run"]).await;
    let numbers: Vec<_> = planned["plan"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, [2, 3], "{planned}");
    assert_eq!(house.json(&["--json", "migrate", "status"]).await, status, "a plan changes nothing");
    let done = house.json(&["--json", "migrate", "up"]).await;
    assert!(done[0]["applied_at"].is_string() && done[1]["state"] == "applied", "{done}");
    assert_eq!(house.json(&["--json", "migrate", "up"]).await, json!([]));
    let status = house.json(&["--json", "migrate", "status"]).await;
    assert_eq!(status, json!([first[0], done[0], done[1]]));
    let back = house.json(&["--json", "migrate", "down", "--dry-run"]).await;
    assert_eq!((&back["plan"][0]["number"], &back["plan"][0]["way"]), (&json!(3), &json!("down")));
    assert_eq!(house.json(&["--json", "migrate", "status"]).await, status, "a plan changes nothing");
    let back = house.json(&["--json", "migrate", "down", "--to", "1"]).await;
    assert_eq!((&back[0]["number"], &back[1]["number"]), (&json!(3), &json!(2)), "last first");
    // An empty store gets its form by itself, one with anything in it only when told.
    house.json(&["--json", "seed", "--users", "1", "--events", "30"]).await;
    house.json(&["--json", "migrate", "down", "--to", "1"]).await;
    for words in [&["serve"][..], &["seed", "--random-seed", "2"], &["sync"], &["doctor", "--data"]] {
        let said = ["2 migrations are pending", "2 (occupied intervals)", "--migrate"];
        house.run(words).await.refused(1, &said);
    }
    house.run(&["migrate", "down"]).await.refused(1, &["nothing to go back to", "Nothing was changed"]);
    assert!(house.run(&["migrate", "status"]).await.ok().out.contains("occupied intervals"));
    let server = Server::start(house.command(&["serve", "--migrate"])).await;
    server.stop().await;
    let backups = std::fs::read_dir(house.folder.path().join("data/backups")).unwrap();
    assert_eq!(backups.count(), 2, "what was stored was backed up before each way");
    assert_eq!(house.json(&["--json", "migrate", "up"]).await, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn development_data_are_the_same_for_the_same_seed() {
    let (one, two, three) = (House::new().await, House::new().await, House::new().await);
    let seed = |number: &'static str| {
        ["--json", "seed", "--users", "2", "--events", "60", "--years", "1", "--random-seed", number]
    };
    let made = one.json(&seed("5")).await;
    assert_eq!((made["events"].as_u64(), made["emails"].as_array().map(Vec::len)), (Some(60), Some(2)));
    assert_eq!(two.json(&seed("5")).await, made);
    three.json(&seed("6")).await;
    // What only says when it was made may differ.
    let events = |house: &House| -> Vec<Value> {
        house
            .rows("events")
            .iter()
            .map(|row| {
                let mut event: Value = serde_json::from_str(row.splitn(3, ' ').nth(2).unwrap()).unwrap();
                for stamp in ["created_at", "updated_at"] {
                    event[stamp] = Value::Null;
                }
                event
            })
            .collect()
    };
    assert!(events(&one) == events(&two), "the same seed gave other data");
    assert!(events(&one) != events(&three), "another seed gave the same data");

    let before = one.rows("events");
    let again = one.json(&seed("5")).await;
    assert_eq!((&again["before"], &again["emails"]), (&made["events"], &made["emails"]));
    let more = ["seed", "--users", "2", "--events", "61", "--years", "1", "--random-seed", "5"];
    one.run(&more).await.refused(1, &["seed 5", "--events 60", "take another"]);
    assert_eq!(one.rows("events"), before);
    one.json(&seed("6")).await;
    assert_eq!(one.rows("events").len(), 120);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_prints_a_table_prints_json_too() {
    let house = House::new().await;
    house.create_days(2);
    let (server, _) = house.serve_mira().await;
    house.token().await;
    let tables: [&[&str]; 12] = [
        &["sync"],
        &["sync", "--dry-run"],
        &["sync", "--full"],
        &["users", "list"],
        &["users", "admin-link"],
        &["tokens", "list"],
        &["keys", "status"],
        &["keys", "generate"],
        &["migrate", "status"],
        &["migrate", "up"],
        &["config", "show"],
        &["config", "check"],
    ];
    for words in tables {
        let outcome = house.run(&[&["--json"], words].concat()).await.ok();
        outcome.json();
        assert!(outcome.err.is_empty(), "{words:?}: {outcome:?}");
        let outcome = house.run(words).await.ok();
        assert!(!outcome.out.is_empty() && outcome.err.is_empty(), "{words:?}: {outcome:?}");
    }
    server.stop().await;
    let empty = House::new().await;
    empty.run(&["migrate", "up"]).await.ok();
    assert_eq!(empty.json(&["--json", "sync"]).await, json!([]));
    assert_eq!(empty.json(&["--json", "users", "list"]).await, json!([]));
}

/// A pipe that closes early is no failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_description_of_the_api_goes_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new("sh");
    command
        .arg("-c")
        .arg(format!("'{}' openapi | head -c 20", env!("CARGO_BIN_EXE_callboard")))
        .current_dir(&folder);
    let outcome = crate::harness::Outcome::of(command).await.ok();
    assert!(outcome.out.starts_with('{') && outcome.err.is_empty(), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_simulated_outlook_plays_faults_from_a_file() {
    let house = House::new().await;
    let file = house.folder.path().join("faults.json");
    let path = file.to_str().unwrap();
    let refused = [
        ("{", "no JSON"),
        (
            r#"[{"route": "delta", "kind": "status", "status": 503}, {"route": "*", "kind": "explodes"}]"#,
            "fault 2",
        ),
        (r#"{"route": "delta", "kind": "delay", "delay_ms": 5, "cuont": 2}"#, "`cuont`"),
    ];
    for (text, said) in refused {
        std::fs::write(&file, text).unwrap();
        house.run(&["simulate", "--graph-port", "0", "--faults", path]).await.refused(2, &[path, said]);
    }
    house
        .run(&["simulate", "--graph-port", "0", "--faults", "/nowhere"])
        .await
        .refused(2, &["/nowhere", "cannot be read"]);

    std::fs::write(
        &file,
        r#"{"route": "me", "count": 1, "kind": "status", "status": 503, "retry_after": 7}"#,
    )
    .unwrap();
    let program = house.start(&["simulate", "--graph-port", "0", "--faults", path]);
    let url = place(&program).await;
    let answer = reqwest::get(format!("{url}/v1.0/me")).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "7"));
    assert_eq!(reqwest::get(format!("{url}/v1.0/me")).await.unwrap().status(), 401, "the fault is used up");
    let users: Value = reqwest::get(format!("{url}/_sim/users")).await.unwrap().json().await.unwrap();
    assert_eq!(users["items"].as_array().unwrap().len(), 3);
    let (code, said) = program.stop().await;
    assert_eq!(code, 0, "{said}");
    let program = house.start(&["simulate", "--graph-port", "0", "--empty"]);
    let url = place(&program).await;
    let users: Value = reqwest::get(format!("{url}/_sim/users")).await.unwrap().json().await.unwrap();
    assert!(!users.to_string().contains(MIRA) && users["items"].as_array().unwrap().is_empty());
}

async fn place(program: &Program) -> String {
    until("the simulator says where it is", async || {
        let said = program.said();
        let line = said.lines().find_map(|line| line.strip_prefix("The simulated Outlook listens on "))?;
        line.strip_suffix('.').map(str::to_owned)
    })
    .await
}
