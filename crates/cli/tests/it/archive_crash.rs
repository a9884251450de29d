//! `kill -9` at any moment of `callboard archive`: every event is in one place, and the same command finishes it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{House, MIRA, Random, until};

/// On the embedded store; half of them ended long enough ago.
const EVENTS: usize = 4_000;
const KILLS: u32 = 6;
/// Moments of the kills; another seed gives other moments.
const SEED: u64 = 20_261_129;
const ARCHIVE: &[&str] = &["--json", "archive", "--older-than", "1d"];

/// The ids of a collection, as they stand in the file.
fn ids(house: &House, collection: &str) -> BTreeSet<String> {
    house.rows(collection).iter().map(|row| row.split(' ').next().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_archive_is_finished_by_the_same_command() {
    killed(&House::new().await, EVENTS, KILLS).await;
}

/// Kills the archive so often, and holds what is there in the end against what was there before.
pub(crate) async fn killed(house: &House, events: usize, kills: u32) {
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    simulators::seed::bulk(house.world(), MIRA, None, events, SEED).unwrap();
    house.run(&["--json", "sync"]).await.ok();
    let (all, links) = (ids(house, "events"), house.rows("sync_links"));
    assert_eq!((all.len(), links.len()), (events, events));
    let due = house.json(&[ARCHIVE, &["--dry-run"]].concat()).await["events"].as_u64().unwrap();
    assert!(due > 1_500 * events as u64 / 4_000, "{due} are few pages");

    let mut random = Random(SEED);
    let (mut killed, mut moved) = (0, 0);
    for _ in 0..kills {
        let mut archive = house.start(ARCHIVE);
        let goes_on = async || (house.rows("events_archive").len() > moved).then_some(());
        until("a page has moved", goes_on).await;
        tokio::time::sleep(std::time::Duration::from_micros(random.below(15_000))).await;
        killed += u32::from(archive.ended().is_none());
        archive.kill();
        let (living, archived) = (ids(house, "events"), ids(house, "events_archive"));
        assert!(living.is_disjoint(&archived), "an event is in two places");
        assert_eq!(living.len() + archived.len(), events, "an event is in none");
        moved = archived.len();
        if moved as u64 == due {
            break;
        }
    }
    assert!(killed > kills / 4, "the archive was over before the kills were");

    house.run(ARCHIVE).await.ok();
    let (living, archived) = (ids(house, "events"), ids(house, "events_archive"));
    assert_eq!(archived.len() as u64, due, "what was due has moved, and nothing else");
    assert!(living.union(&archived).eq(&all) && living.is_disjoint(&archived));
    assert!(house.rows("sync_links") == links, "links stay as they were");
    let audit = house.rows("audit_log");
    let told = audit.iter().filter(|row| row.contains("\"event.archived\"")).count();
    assert_eq!(told as u64, due, "each move is told once");
    assert_eq!(house.json(ARCHIVE).await["events"], 0);
    assert_eq!(house.json(&["--json", "doctor", "--data"]).await["findings"], json!([]), "counts are right");
    let runs: Value = house.json(&["--json", "sync", "--full"]).await;
    assert_eq!((&runs[0]["events_created"], &runs[0]["events_updated"]), (&json!(0), &json!(0)), "{runs}");
    assert!(ids(house, "events") == living && ids(house, "events_archive") == archived);
}
