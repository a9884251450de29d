//! `callboard demo`: one command, three people, nothing of anybody else's touched.

use std::fs;

use serde_json::Value;

use crate::harness::{Browser, House, Outcome, Script, Server, day_from_today};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_comes_up_with_three_people_and_can_be_stopped_and_begun_anew() {
    let house = House::new().await;
    let data = house.folder.path().join("demo");
    let words = ["demo", "--port", "0", "--data", data.to_str().unwrap()];
    for round in 0..2 {
        let server = Server::start_demo(house.command(&words)).await;
        let said = server.program.said();
        let people: Vec<&str> =
            said.lines().filter(|line| line.starts_with("  ") && line.contains("@harbourhall")).collect();
        let people: Vec<&str> = people
            .iter()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|word| word.contains('@'))
            .collect();
        assert_eq!(people.len(), 3, "{said}");
        let first = Browser::sign_in(&server.url, people[0]).await;
        assert_eq!(first.get("/api/v1/me").await.ok()["role"], "admin");
        let events = first.get("/api/v1/events?limit=500").await.ok();
        assert!(events["items"].as_array().unwrap().len() > 50, "round {round}: {}", events["items"]);
        assert!(events.to_string().contains("setup_start_time"), "the crew's times are there");
        for event in events["items"].as_array().unwrap() {
            let mut staff: Vec<&str> = event["staff_assigned"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one.as_str())
                .collect();
            let assigned = staff.len();
            staff.sort_unstable();
            staff.dedup();
            assert_eq!(staff.len(), assigned, "somebody is named twice: {event}");
        }
        let config = data.join("callboard.toml");
        let users =
            house.bare(&["--config", config.to_str().unwrap(), "--json", "users", "list"]).await.ok().json();
        assert_eq!(users.as_array().unwrap().len(), 3);
        let (code, said) = server.program.stop().await;
        assert_eq!(code, 0, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_folder_with_something_else_in_it_is_left_alone() {
    let house = House::new().await;
    let folder = house.folder.path().join("thesis");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("chapter-1.txt"), "It was").unwrap();
    let words = ["demo", "--port", "0", "--data", folder.to_str().unwrap()];
    house.run(&words).await.refused(2, &["not empty", "nothing was touched", "--data"]);
    assert_eq!(fs::read_to_string(folder.join("chapter-1.txt")).unwrap(), "It was");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let file = folder.join("chapter-1.txt");
    let words = ["demo", "--port", "0", "--data", file.to_str().unwrap()];
    house.run(&words).await.refused(1, &["--data"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_failed_sync_waits_in_it_and_no_real_provider_is_ever_asked() {
    let house = House::new().await;
    let data = house.folder.path().join("demo");
    let server =
        Server::start_demo(house.command(&["demo", "--port", "0", "--data", data.to_str().unwrap()])).await;
    let said = server.program.said();
    let config = data.join("callboard.toml");
    let config = config.to_str().unwrap();

    // Whoever meets it learns which calendar, why, and what to do.
    let ada = Browser::sign_in(&server.url, "ada.berg@harbourhall.example").await;
    let failed = ada.get("/api/v1/sync/logs?status=error").await.ok();
    assert_eq!(failed["items"].as_array().unwrap().len(), 1, "{failed}");
    assert!(failed.to_string().contains("tried again by itself, or press Sync"), "{failed}");
    let calendars = ada.get("/api/v1/calendars").await.ok();
    let refused: Vec<_> = calendars["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|calendar| !calendar["sync_error"].is_null())
        .collect();
    assert_eq!(refused.len(), 1, "{calendars}");

    // A sync mends it, as the demo says.
    assert!(said.contains("Sync mends it"), "{said}");
    house.bare(&["--config", config, "sync"]).await.ok();
    let calendars = ada.get("/api/v1/calendars").await.ok();
    let calendars = calendars["items"].as_array().unwrap();
    assert!(calendars.iter().all(|calendar| calendar["sync_error"].is_null()), "{calendars:?}");

    // Its people are not to be asked for at Microsoft, whatever the environment says.
    let store = format!("sqlite:{}", data.join("callboard.db").display());
    for words in [&["--config", config, "sync"][..], &["--store", &store, "sync"]] {
        let mut command = house.command(words);
        command.env("CALLBOARD_OUTLOOK_GRAPH_URL", "https://graph.microsoft.com");
        let outcome = Outcome::of(command).await;
        outcome.refused(2, &["outlook_graph_url", "simulated Outlook on this machine", "another data_dir"]);
    }
    let (code, said) = server.program.stop().await;
    assert_eq!(code, 0, "{said}");
}

/// What somebody does who copies the lines that the demo prints.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_lines_it_prints_work_as_they_stand() {
    let house = House::new().await;
    let words = ["demo", "--port", "0", "--data", "target/demo"];
    let server = Server::start_demo(house.command(&words)).await;
    let said = server.program.said();
    let printed =
        |begin: &str| said.lines().find_map(|line| line.trim().strip_prefix(begin)).unwrap().to_owned();
    let callboard = async |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        house.bare(&words).await.ok().out
    };
    let tokens = said.lines().find(|line| line.contains("tokens create")).unwrap();
    let token = callboard(tokens.trim().strip_prefix("callboard ").unwrap()).await;
    let token = token.split_whitespace().find(|word| word.starts_with("cb_")).unwrap();
    let script = Script::new(&server.url, token);
    let range = format!("/api/v1/events?from={}&to={}", day_from_today(-2), day_from_today(30));
    let before = script.all(&range).await;
    assert!(before.len() > 20, "{before:?}");

    let address = printed("curl -X POST ");
    let address = address.split_whitespace().next().unwrap();
    let body = printed("-d '");
    let edit: Value = serde_json::from_str(body.trim_end_matches('\'')).unwrap();
    let edited = reqwest::Client::new().post(address).json(&edit).send().await.unwrap();
    edited.error_for_status().unwrap();
    let sync = said.lines().find(|line| line.ends_with(" sync")).unwrap();
    let sync = sync.trim().strip_prefix("callboard ").unwrap();
    callboard(sync).await;
    let written = script.all(&range).await;
    let new: Vec<&Value> = written.iter().filter(|event| event["title"] == "Site visit").collect();
    assert_eq!(new.len(), 1, "the edit arrived");
    callboard(sync).await;
    assert_eq!(script.all(&range).await, written, "the same again writes nothing");
    let simulator = address.strip_suffix("/_sim/edit").unwrap();
    let requests =
        reqwest::get(format!("{simulator}/_sim/requests?limit=10000")).await.unwrap().text().await.unwrap();
    assert!(requests.contains("/delta"), "{requests}");
    for internal in ["setup_start_time", "staff_assigned", "Loading dock B", "Stage crew", "budget_allocated"]
    {
        assert!(!requests.contains(internal), "{internal} left the house");
    }
    let (code, said) = server.program.stop().await;
    assert_eq!(code, 0, "{said}");
}
