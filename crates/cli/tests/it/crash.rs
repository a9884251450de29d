//! `kill -9` at any moment of a first sync loses nothing and doubles nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{House, MIRA, Random, Script, until};

const EVENTS: usize = 10_000;
const KILLS: u64 = 20;
/// Moments of the kills; another seed gives other moments.
const SEED: u64 = 20_261_123;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_twenty_times_a_first_sync_ends_with_every_event_once() {
    let house = House::new().await;
    let (server, browser) = house.serve_mira().await;
    let calendar = browser.get("/api/v1/calendars").await.ok()["items"][0]["_id"].clone();
    let token = house.token().await;
    server.stop().await;
    simulators::seed::bulk(house.world(), MIRA, None, EVENTS, SEED).unwrap();

    let mut random = Random(SEED);
    let mut killed = 0;
    for round in 0..KILLS {
        let pages = 1 + random.below(3);
        let pause = std::time::Duration::from_micros(random.below(40_000));
        let seen = last_request(&house).await;
        if round % 4 == 3 {
            let mut server = house.serve().await;
            let script = Script::new(&server.url, &token);
            let begun = script.post("/api/v1/sync/runs", json!({"calendar_id": calendar})).await;
            assert_eq!(begun.status, 202, "{begun:?}");
            until("the server asks for pages", async || pages_since(&house, seen, pages).await).await;
            tokio::time::sleep(pause).await;
            server.kill();
            killed += 1;
        } else {
            let mut sync = house.start(&["--json", "sync"]);
            let asked = async || pages_since(&house, seen, pages).await.or(sync_ended(&sync));
            until("the sync asks for pages", asked).await;
            tokio::time::sleep(pause).await;
            killed += u64::from(sync.ended().is_none());
            sync.kill();
        }
        let stored = house.rows("events").len();
        assert_eq!(house.rows("sync_links").len(), stored, "round {round}: event and link are one commit");
        assert!(stored < EVENTS, "round {round}: the first sync was over before the kills were");
    }
    assert_eq!(killed, KILLS);

    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!((&runs[0]["state"], &runs[0]["events_failed"]), (&json!("done"), &json!(0)), "{runs}");
    let server = house.serve().await;
    let script = Script::new(&server.url, &token);
    let events = script.all("/api/v1/events").await;
    assert_eq!(events.len(), EVENTS);
    let here = ids(events.iter().map(|event| &event["outlook_event_id"]));
    let summaries = house.world().summaries(MIRA).unwrap();
    let there: BTreeSet<String> = summaries.iter().map(|item| item.immutable_id.clone()).collect();
    assert!(here == there, "every event of the mailbox once, and no other");

    let (stored, links) = (house.rows("events"), house.rows("sync_links"));
    for words in [&["--json", "sync"][..], &["--json", "sync", "--full"]] {
        let runs = house.json(words).await;
        assert_eq!(
            (&runs[0]["events_created"], &runs[0]["events_updated"]),
            (&json!(0), &json!(0)),
            "{runs}"
        );
        assert!(
            house.rows("events") == stored && house.rows("sync_links") == links,
            "{words:?} wrote something"
        );
    }
    server.stop().await;
    let left: Vec<_> =
        std::fs::read_dir(house.folder.path().join("data/callboard.db.running")).unwrap().collect();
    assert!(left.is_empty(), "the dead leave no signs of life: {left:?}");
}

fn ids<'a>(ids: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

async fn last_request(house: &House) -> u64 {
    let requests = house.sim("GET", "requests", None).await;
    requests["items"].as_array().unwrap().last().map_or(0, |last| last["number"].as_u64().unwrap())
}

/// Something once so many pages of changes were asked for after this request.
async fn pages_since(house: &House, seen: u64, pages: u64) -> Option<()> {
    let requests = house.sim("GET", &format!("requests?since={seen}"), None).await;
    let is_page = |request: &&Value| request["path"].as_str().unwrap().contains("delta");
    let count = requests["items"].as_array().unwrap().iter().filter(is_page).count();
    (count as u64 >= pages).then_some(())
}

/// Something when the program has ended by itself: it says so in its output.
fn sync_ended(program: &crate::harness::Program) -> Option<()> {
    program.said().contains("\"state\"").then_some(())
}
