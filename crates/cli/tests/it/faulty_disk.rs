//! The n-th call that changes or reads a file fails: once, as of a disk that has a bad moment, or from then on, as of one
//! that is full or dead. The command says so and ends; the same command on a disk that works then ends as if nothing had been.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::harness::{House, Outcome};

/// Calls of which kind fail, for how long, and with what: `EIO`, `ENOSPC`.
const FAULTS: [[&str; 3]; 4] =
    [["writes", "once", "5"], ["writes", "on", "5"], ["writes", "on", "28"], ["reads", "once", "5"]];
/// So many calls of a command fail in turn, from the first to the last.
const PLACES: u64 = 7;
/// The day that seeds are around.
const DAY: &str = "2026-11-28";

/// What makes calls fail, built with the C compiler that building the program needs too.
fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("faulty_disk.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faulty_disk.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(cc.status().unwrap().success());
    library
}

/// A command in a house, and what is to be equal in the end.
struct Job {
    words: Vec<String>,
    /// What is there when it has come to its end.
    end: fn(&House) -> Vec<String>,
    /// Said instead of doing it again, when it was done after all.
    done: &'static str,
}

fn job(words: &[&str], done: &'static str, end: fn(&House) -> Vec<String>) -> Job {
    Job { words: words.iter().map(|word| (*word).to_owned()).collect(), end, done }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// Puts a house back to where it was.
fn back(house: &House, kept: &Path) {
    let data = house.folder.path().join("data");
    fs::remove_dir_all(&data).unwrap();
    copy(kept, &data);
    for name in ["a.csv", "a.archive.gz", "other.db"] {
        let _ = fs::remove_file(house.folder.path().join(name));
    }
}

async fn run(house: &House, job: &Job, library: Option<&Path>, faults: &[(&str, String)]) -> Outcome {
    let words: Vec<&str> = job.words.iter().map(String::as_str).collect();
    let mut command = house.command(&words);
    if let Some(library) = library {
        command.env("LD_PRELOAD", library);
    }
    command.envs(faults.iter().map(|(name, value)| (*name, value.as_str())));
    Outcome::of(command).await
}

/// Whether what it ended with is an answer of ours: no crash, no panic.
fn assert_told(job: &Job, outcome: &Outcome, fault: &[(&str, String)]) {
    assert!(matches!(outcome.code, Some(0 | 1)), "{:?} with {fault:?}: {outcome:?}", job.words);
    assert!(!outcome.err.contains("panicked"), "{:?} with {fault:?}: {outcome:?}", job.words);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whichever_call_of_the_disk_fails_the_same_command_ends_as_if_none_had() {
    let house = House::new().await;
    let folder = house.folder.path();
    let library = shim(folder);
    let seed = ["--json", "seed", "--users", "2", "--events", "400", "--years", "4", "--around", DAY];
    let seeded = house.json(&seed).await;
    let email = seeded["emails"][1].as_str().unwrap().to_owned();
    let path = |name: &str| folder.join(name).display().to_string();
    let (csv, backup, other) = (path("a.csv"), path("a.archive.gz"), format!("sqlite:{}", path("other.db")));
    let source = path("source.archive.gz");
    house.run(&["backup", "create", "--out", &source]).await.ok();
    let kept = folder.join("kept");
    copy(&folder.join("data"), &kept);
    let events = |house: &House| house.rows("events");
    let more = ["--json", "seed", "--users", "2", "--events", "300", "--random-seed", "9", "--around", DAY];
    for job in [
        job(&more, "", events),
        job(&["archive", "--older-than", "1d"], "", |house| {
            let of = |name: &str| house.rows(name).into_iter().map(|row| row[..24].to_owned());
            let archived: BTreeSet<String> = of("events_archive").collect();
            of("events").map(|id| format!("living {id}")).chain(archived).collect()
        }),
        job(&["migrate", "down", "--to", "1"], "", events),
        job(&["users", "delete", &email, "--yes"], "mail address", events),
        job(&["export", "--type", "events", "--format", "csv", "--out", &csv, "--replace"], "", |house| {
            vec![fs::read_to_string(house.folder.path().join("a.csv")).unwrap()]
        }),
        job(&["backup", "create", "--out", &backup, "--replace"], "", events),
        job(&["--store", &other, "restore", &source, "--replace"], "", |house| {
            let other = house.folder.path().join("other.db");
            let file = rusqlite::Connection::open(other).unwrap();
            let mut rows = file.prepare("SELECT doc FROM events ORDER BY _id").unwrap();
            let rows = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.map(Result::unwrap).collect()
        }),
    ] {
        // Undisturbed, and counted.
        let mut calls = [0, 0];
        for (number, of) in ["writes", "reads"].into_iter().enumerate() {
            back(&house, &kept);
            let count = folder.join("count");
            let counted = [("FAULT_OF", of.to_owned()), ("FAULT_COUNT", count.display().to_string())];
            run(&house, &job, Some(&library), &counted).await.ok();
            calls[number] = fs::read_to_string(&count).unwrap().trim().parse().unwrap();
        }
        assert!(calls.iter().all(|calls| *calls > PLACES), "{:?} makes {calls:?} calls", job.words);
        let undisturbed = (job.end)(&house);
        let mut failed = 0;
        for place in 0..PLACES {
            for [of, goes, reason] in FAULTS {
                let calls = calls[usize::from(of == "reads")];
                let call = 1 + place * (calls - 1) / (PLACES - 1);
                let fault = [
                    ("FAULT_OF", of.to_owned()),
                    ("FAULT_AT", call.to_string()),
                    ("FAULT_GOES", goes.to_owned()),
                    ("FAULT_ERRNO", reason.to_owned()),
                ];
                back(&house, &kept);
                let outcome = run(&house, &job, Some(&library), &fault).await;
                assert_told(&job, &outcome, &fault);
                failed += u32::from(outcome.code == Some(1));
                let again = run(&house, &job, None, &[]).await;
                let is_done = !job.done.is_empty() && again.err.contains(job.done);
                assert!(again.code == Some(0) || is_done, "{:?} after {fault:?}: {again:?}", job.words);
                assert!((job.end)(&house) == undisturbed, "{:?} after {fault:?}", job.words);
                let found = house.run(&["--json", "doctor", "--data"]).await;
                if job.words[0] != "migrate" {
                    assert_eq!(found.json()["findings"], json!([]), "{:?} after {fault:?}", job.words);
                }
            }
        }
        assert!(failed >= 4, "{:?}: only {failed} faults were felt", job.words);
    }
}
