//! The power goes at a moment of a program's work: the disk holds what was synced, and of the rest some, torn at any
//! sector. The store opens, is whole, has all that was acknowledged, and nothing half.

mod disk;

use std::path::{Path, PathBuf};
use std::process::Command;

use model::collections::LEASES;
use serde_json::json;
use store::{Batch, Filter, Store};
use store_sqlite::{SqliteOptions, SqliteStore};

use crate::harness::{House, Outcome, Random, Script, Server};
use disk::{Played, Trace};

/// Moments, and what is kept then; another seed gives others.
const SEED: u64 = 20_261_129;
const DAY: &str = "2026-11-29";

/// A store after the power went, in a folder of its own.
struct After<'a> {
    house: &'a House,
    data: PathBuf,
}

impl After<'_> {
    async fn run(&self, words: &[&str]) -> Outcome {
        let mut command = self.house.command(words);
        command.env("CALLBOARD_DATA_DIR", &self.data);
        Outcome::of(command).await
    }

    /// By the program's own look at every document, and by SQLite's at every page.
    async fn assert_whole(&self, moment: &str) {
        let found = self.run(&["--json", "doctor", "--data"]).await;
        assert_eq!(found.code, Some(0), "{moment}: {found:?}");
        assert_eq!(found.json()["findings"], json!([]), "{moment}");
        let file = rusqlite::Connection::open(self.data.join("callboard.db")).unwrap();
        let said: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(said, "ok", "{moment}");
    }

    /// Leases of the dead are over.
    async fn minutes_pass(&self) {
        let store = SqliteStore::open(SqliteOptions::at(self.data.join("callboard.db"))).unwrap();
        let mut batch = Batch::new();
        batch.delete(&LEASES, Filter::All(Vec::new()));
        store.commit(batch).await.unwrap();
    }

    fn rows(&self) -> Vec<String> {
        rows(&self.data)
    }
}

/// Events, and what was written down about them.
fn rows(data: &Path) -> Vec<String> {
    let file = rusqlite::Connection::open(data.join("callboard.db")).unwrap();
    let both = "SELECT hex(_id) || ' ' || doc FROM events UNION ALL \
                SELECT hex(_id) || ' ' || doc FROM audit_log WHERE doc LIKE '%\"action\":\"event.%' ORDER BY 1";
    let mut rows = file.prepare(both).unwrap();
    let rows = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The power goes at so many moments of what was traced, the last one after all of it.
async fn at_moments(
    house: &House,
    trace: &Played,
    points: usize,
    check: impl AsyncFn(After<'_>, usize, &str),
) {
    // Where there is memory to be had as a disk, syncs of the many stores cost nothing.
    let memory = tempfile::tempdir_in("/dev/shm");
    let folder = memory.or_else(|_| tempfile::tempdir()).unwrap();
    for point in 0..points {
        let mut random = Random(SEED + point as u64);
        let calls = if point == 0 { trace.len() } else { trace.between_syncs(&mut random) };
        let after = After { house, data: folder.path().join("data") };
        trace.lose_power(calls, &mut random, &after.data);
        let moment = format!("the power goes after call {calls} of {}, seed {point}", trace.len());
        check(after, calls, &moment).await;
    }
}

fn watched(house: &House, trace: &Trace, words: &[&str]) -> Command {
    let mut command = house.command(words);
    trace.watch(&mut command);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_server_has_answered_outlives_the_power() {
    let house = House::new().await;
    let data = house.folder.path().join("data");
    let seed = ["--json", "seed", "--users", "1", "--events", "40", "--years", "1", "--around", DAY];
    let email = house.json(&seed).await["emails"][0].as_str().unwrap().to_owned();
    let token = house.json(&["--json", "tokens", "create", "--user", &email]).await;
    let token = token["token"].as_str().unwrap();

    // What was there at which moment of the trace, answer by answer.
    let mut answered = vec![(0, rows(&data))];
    let trace = Trace::of(&data, house.folder.path());
    for _ in 0..2 {
        let server = Server::start(watched(&house, &trace, &["serve"])).await;
        let script = Script::new(&server.url, token);
        let calendar = script.get("/api/v1/calendars").await.ok()["items"][0]["_id"].clone();
        for number in 0..12 {
            let event = json!({
                "calendar_id": calendar, "title": format!("Gala {number}"), "start_time": "2027-03-01T09:00:00Z",
                "end_time": "2027-03-01T11:00:00Z", "internal_notes": "so and so ".repeat(100 * number),
            });
            let made = script.post("/api/v1/events", event).await;
            assert_eq!(made.status, 201, "{made:?}");
            answered.push((trace.now(), rows(&data)));
            let path = format!("/api/v1/events/{}", made.json()["_id"].as_str().unwrap());
            if number % 3 == 0 {
                script.patch(&path, json!({"title": "Another"})).await.ok();
                answered.push((trace.now(), rows(&data)));
            }
            if number % 4 == 0 {
                assert_eq!(script.delete(&path).await.status, 204);
                answered.push((trace.now(), rows(&data)));
            }
        }
        server.stop().await;
    }
    assert_eq!(answered.len(), 1 + 2 * (12 + 4 + 3));
    let trace = trace.read();
    at_moments(&house, &trace, 60, async |after, calls, moment| {
        after.assert_whole(moment).await;
        let there = after.rows();
        let last = answered.iter().rposition(|(at, _)| *at <= trace.moment(calls)).unwrap();
        // What was being written may be there, if all of it is.
        let is_there = answered.iter().skip(last).take(2).any(|(_, rows)| *rows == there);
        assert!(is_there, "{moment}: not as after answer {last} nor as after the next one");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restore_puts_all_or_nothing_in_place_when_the_power_goes() {
    let house = House::new().await;
    let data = house.folder.path().join("data");
    let seed = ["--json", "seed", "--users", "1", "--events", "40", "--years", "1", "--around", DAY];
    house.json(&seed).await;
    let backup = house.folder.path().join("a.archive.gz").display().to_string();
    house.run(&["backup", "create", "--out", &backup]).await.ok();
    house.json(&[&seed[..], &["--random-seed", "9"]].concat()).await;
    let before = rows(&data);
    let trace = Trace::of(&data, house.folder.path());
    Outcome::of(watched(&house, &trace, &["restore", &backup, "--replace"])).await.ok();
    let trace = trace.read();
    let restored = rows(&data);
    assert!(restored.len() < before.len());
    at_moments(&house, &trace, 30, async |after, calls, moment| {
        after.assert_whole(moment).await;
        let there = after.rows();
        assert!(there == restored || (calls < trace.len() && there == before), "{moment}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_is_made_while_the_power_goes_is_made_by_the_same_command() {
    let house = House::new().await;
    let data = house.folder.path().join("data");
    let seed = ["--json", "seed", "--users", "1", "--events", "40", "--years", "1", "--around", DAY];
    let trace = Trace::of(&data, house.folder.path());
    Outcome::of(watched(&house, &trace, &seed)).await.ok();
    let trace = trace.read();
    let made = rows(&data);
    at_moments(&house, &trace, 30, async |after, calls, moment| {
        if calls == trace.len() {
            assert!(after.rows() == made, "{moment}");
        }
        after.minutes_pass().await;
        after.run(&seed).await.ok();
        after.assert_whole(moment).await;
        let events = |rows: Vec<String>| rows.into_iter().map(|row| row[..24].to_owned()).collect::<Vec<_>>();
        assert_eq!(events(after.rows()), events(made.clone()), "{moment}");
    })
    .await;
}
