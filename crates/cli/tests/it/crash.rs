//! `kill -9` at any moment of a first sync loses nothing and doubles nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{House, MIRA, Random, Script, until};

/// On the embedded store.
const EVENTS: usize = 10_000;
const KILLS: u64 = 20;
/// On MongoDB, whose stand-in is slow.
const EVENTS_ON_MONGODB: usize = 1_200;
const KILLS_ON_MONGODB: u64 = 5;
/// Moments of the kills; another seed gives other moments.
const SEED: u64 = 20_261_123;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_twenty_times_a_first_sync_ends_with_every_event_once() {
    let house = House::new().await;
    killed(&house, EVENTS, KILLS).await;
    let left: Vec<_> =
        std::fs::read_dir(house.folder.path().join("data/callboard.db.running")).unwrap().collect();
    assert!(left.is_empty(), "the dead leave no signs of life: {left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_five_times_a_first_sync_into_mongodb_ends_with_every_event_once() {
    killed(&House::on_mongodb().await, EVENTS_ON_MONGODB, KILLS_ON_MONGODB).await;
}

/// Kills a first sync so often, and holds what is there in the end against the mailbox.
async fn killed(house: &House, events_there: usize, kills: u64) {
    let (server, browser) = house.serve_mira().await;
    let calendar = browser.get("/api/v1/calendars").await.ok()["items"][0]["_id"].clone();
    let token = house.token().await;
    server.stop().await;
    simulators::seed::bulk(house.world(), MIRA, None, events_there, SEED).unwrap();

    let mut random = Random(SEED);
    let mut killed = 0;
    for round in 0..kills {
        let pages = 1 + random.below(3);
        let pause = std::time::Duration::from_micros(random.below(40_000));
        let seen = last_request(house).await;
        if round % 4 == 3 {
            let mut server = house.serve().await;
            let script = Script::new(&server.url, &token);
            let begun = script.post("/api/v1/sync/runs", json!({"calendar_id": calendar})).await;
            assert_eq!(begun.status, 202, "{begun:?}");
            until("the server asks for pages", async || pages_since(house, seen, pages).await).await;
            tokio::time::sleep(pause).await;
            server.kill();
            killed += 1;
        } else {
            let mut sync = house.start(&["--json", "sync"]);
            let asked = async || pages_since(house, seen, pages).await.or(sync_ended(&sync));
            until("the sync asks for pages", asked).await;
            tokio::time::sleep(pause).await;
            killed += u64::from(sync.ended().is_none());
            sync.kill();
        }
        let stored = house.rows("events").len();
        assert_eq!(house.rows("sync_links").len(), stored, "round {round}: event and link are one commit");
        assert!(stored < events_there, "round {round}: the first sync was over before the kills were");
    }
    assert_eq!(killed, kills);

    let runs = house.json(&["--json", "sync"]).await;
    assert_eq!((&runs[0]["state"], &runs[0]["events_failed"]), (&json!("done"), &json!(0)), "{runs}");
    let server = house.serve().await;
    let script = Script::new(&server.url, &token);
    let events = script.all("/api/v1/events").await;
    assert_eq!(events.len(), events_there);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_migration_goes_on_and_ends_as_an_undisturbed_one() {
    killed_migration([&House::new().await, &House::new().await], "3000", 12).await;
}

/// Takes the older form in two houses that are alike, kills the way forward in one of them again and again, and lets it
/// finish.
pub(crate) async fn killed_migration([undisturbed, house]: [&House; 2], events: &str, kills: u32) {
    for one in [undisturbed, house] {
        one.json(&["--json", "seed", "--users", "2", "--events", events, "--around", DAY]).await;
        one.json(&["--json", "migrate", "down", "--to", "1"]).await;
    }
    undisturbed.json(&["--json", "migrate", "up"]).await;
    assert!(undisturbed.rows("events") != house.rows("events"), "there is something to do");

    let mut random = Random(SEED);
    let mut killed = 0;
    for _ in 0..kills {
        // Every commit says how far it is.
        let before = house.rows("schema_migrations");
        let mut up = house.start(&["migrate", "up"]);
        let further = || house.rows("schema_migrations") != before || up.said().contains("applied");
        until("the migration goes on", async || further().then_some(())).await;
        tokio::time::sleep(std::time::Duration::from_micros(random.below(20_000))).await;
        killed += u32::from(up.ended().is_none());
        up.kill();
        house.json(&["--json", "migrate", "status"]).await;
    }
    assert!(killed > kills / 4, "no kill came before the end");
    house.json(&["--json", "migrate", "up"]).await;
    assert!(house.rows("events") == undisturbed.rows("events"), "byte for byte, revisions too");
    let mut changed = Vec::new();
    for one in [undisturbed, house] {
        let status = one.json(&["--json", "migrate", "status"]).await;
        changed.push(
            status.as_array().unwrap().iter().map(|one| one["changed"].clone()).collect::<Vec<Value>>(),
        );
    }
    assert_eq!(changed[1], changed[0], "each document was changed once");
    assert_eq!(house.json(&["--json", "doctor", "--data"]).await["findings"], json!([]));
}

/// The day that seeds are around.
const DAY: &str = "2026-11-28";
/// What a seed makes, besides the notes of when it began and ended.
const SEEDED: [&str; 5] = ["events", "users", "calendars", "categories", "locations"];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_seed_goes_on_and_ends_as_an_undisturbed_one() {
    killed_seed([&House::new().await, &House::new().await], ["2", "10000"], 3).await;
}

/// Seeds two houses, one of them killed so often, and holds them against each other.
pub(crate) async fn killed_seed([undisturbed, house]: [&House; 2], [users, events]: [&str; 2], kills: u32) {
    let words = ["--json", "seed", "--users", users, "--events", events, "--years", "3", "--around", DAY];
    let made = undisturbed.json(&words).await;
    house.json(&["--json", "migrate", "up"]).await;

    let mut random = Random(SEED);
    let mut killed = 0;
    for _ in 0..kills {
        let before = house.rows("events").len();
        let mut seed = house.start(&words);
        // It answers when it has ended.
        let further = async || house.rows("events").len() > before || seed.said().contains("emails");
        until("the seed writes more", async || further().await.then_some(())).await;
        tokio::time::sleep(std::time::Duration::from_micros(random.below(100_000))).await;
        killed += u32::from(seed.ended().is_none());
        seed.kill();
    }
    assert!(killed > kills / 2, "the seed was over before the kills were");
    assert_eq!(house.json(&["--json", "doctor", "--data"]).await["findings"], json!([]), "at every moment");
    let again = house.json(&words).await;
    assert!(again["before"].as_u64() > Some(0), "{again}");
    assert_eq!((&again["events"], &again["emails"]), (&made["events"], &made["emails"]));
    for collection in SEEDED {
        assert!(house.rows(collection) == undisturbed.rows(collection), "{collection}: byte for byte");
    }
    assert_eq!(house.json(&["--json", "doctor", "--data"]).await["findings"], json!([]));
}
