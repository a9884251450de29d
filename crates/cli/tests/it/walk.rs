//! A walk through all commands: each fails with the right code, answers JSON as its schema says, and writes nothing when
//! asked to look first. A command without a row here fails.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{House, MIRA};
use crate::help::every_command;

/// What a command does to the store.
enum Writes {
    /// Nothing, so it has no `--dry-run`.
    No,
    /// Something: with `--dry-run` and these words it says what.
    DryRun(&'static [&'static str]),
    /// Something, and it has no `--dry-run` for this reason.
    Because(&'static str),
}

/// What a command prints with `--json`.
enum Json {
    /// An answer of this definition, for these words behind the command.
    Of(&'static str, &'static [&'static str]),
    /// None, for this reason.
    Because(&'static str),
}

use Json::Of;
use Writes::{DryRun, No};

struct Row {
    command: &'static str,
    writes: Writes,
    json: Json,
    /// The definition of what `--dry-run` prints.
    plan: &'static str,
    /// Whether it opens the store.
    opens: bool,
}

const FILE_ONLY: Writes = Writes::Because("writes one file that --out names, and replaces none unasked");
const RUNS: Json = Json::Because("runs until it is stopped");
const TEXT: Json = Json::Because("prints text that is made for one reader: Markdown, a shell");

const fn row(command: &'static str, writes: Writes, json: Json, plan: &'static str, opens: bool) -> Row {
    Row { command, writes, json, plan, opens }
}

/// Every command, with people, tokens and events there, in an order in which each works.
const ROWS: &[Row] = &[
    row("serve", Writes::Because("a server"), RUNS, "", true),
    row("demo", Writes::Because("makes its own folder anew"), RUNS, "", false),
    row("simulate", No, RUNS, "", false),
    row("sync", DryRun(&[]), Of("sync", &[]), "sync-plan", true),
    row("migrate status", No, Of("migrations", &[]), "", true),
    row("migrate up", DryRun(&[]), Of("migrations", &[]), "migration-plan", true),
    row("migrate down", DryRun(&[]), Of("migrations", &["--to", "3"]), "migration-plan", true),
    row(
        "export",
        DryRun(&["--type", "events", "--out", "events.csv"]),
        Of("export", &["--type", "events", "--out", "events.csv"]),
        "export-plan",
        true,
    ),
    row("archive", DryRun(&[]), Of("archive", &["--older-than", "9y"]), "archive", true),
    row(
        "backup create",
        DryRun(&["--out", "all.archive.gz"]),
        Of("backup-created", &["--out", "all.archive.gz"]),
        "backup-plan",
        true,
    ),
    row("backup verify", No, Of("backup-contents", &["all.archive.gz"]), "", false),
    row(
        "restore",
        DryRun(&["all.archive.gz"]),
        Of("restored", &["all.archive.gz", "--replace"]),
        "backup-contents",
        true,
    ),
    row(
        "store move",
        DryRun(&["--to", "sqlite:moved.db"]),
        Json::Because("tested with both engines in backups.rs"),
        "",
        true,
    ),
    row(
        "seed",
        DryRun(&["--events", "5", "--users", "1"]),
        Of("seed", &["--events", "5", "--users", "1"]),
        "seed-plan",
        true,
    ),
    row("tokens create", DryRun(&["--user", MIRA]), Of("token-created", &["--user", MIRA]), "would", true),
    row("tokens list", No, Of("tokens", &[]), "", true),
    row("tokens revoke", DryRun(&["TOKEN"]), Of("revoked", &["TOKEN"]), "would", true),
    row("users list", No, Of("users", &[]), "", true),
    row("users promote", DryRun(&[MIRA]), Of("users", &[MIRA]), "would", true),
    row(
        "users demote",
        DryRun(&["mara.lind@example.org"]),
        Of("users", &["mara.lind@example.org"]),
        "would",
        true,
    ),
    row(
        "users disable",
        DryRun(&["mara.lind@example.org"]),
        Of("users", &["mara.lind@example.org"]),
        "would",
        true,
    ),
    row(
        "users enable",
        DryRun(&["mara.lind@example.org"]),
        Of("users", &["mara.lind@example.org"]),
        "would",
        true,
    ),
    row(
        "users delete",
        DryRun(&["mara.lind@example.org"]),
        Of("deleted", &["mara.lind@example.org", "--yes"]),
        "would",
        true,
    ),
    row("users admin-link", DryRun(&[]), Of("admin-link", &[]), "would", true),
    row("keys generate", No, Of("key", &[]), "", false),
    row("keys rotate", DryRun(&[]), Of("rotated", &[]), "would", true),
    row("keys status", No, Of("keys", &[]), "", true),
    row(
        "doctor",
        Writes::Because("only with --repair, and `doctor --data` alone says what that would mend"),
        Of("doctor-data", &["--data"]),
        "",
        true,
    ),
    row("config show", No, Of("config", &[]), "", false),
    row("config check", No, Of("config-check", &[]), "", false),
    row("config reference", No, TEXT, "", false),
    row(
        "openapi",
        No,
        Json::Because("prints the OpenAPI document, which has a schema of its own"),
        "",
        false,
    ),
    row("completions", No, TEXT, "", false),
    row("man", FILE_ONLY, Of("man", &["--out", "man1"]), "", false),
];

fn words(row: &Row) -> Vec<&'static str> {
    row.command.split(' ').collect()
}

/// A house with people, a token and events; the server has stopped.
async fn furnished() -> (House, String) {
    let house = House::new().await;
    house.create_days(3);
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    house.json(&["--json", "sync"]).await;
    house.json(&["--json", "seed", "--events", "5", "--users", "1", "--random-seed", "7"]).await;
    house.token().await;
    let tokens = house.json(&["--json", "tokens", "list"]).await;
    let token = tokens[0]["_id"].as_str().unwrap().to_owned();
    (house, token)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_has_a_row() {
    let all = every_command().await;
    let joined: BTreeSet<String> = all.iter().map(|words| words.join(" ")).collect();
    let has_actions = |command: &String| joined.iter().any(|other| other.starts_with(&format!("{command} ")));
    let leaves: BTreeSet<&str> = joined.iter().filter(|one| !has_actions(one)).map(String::as_str).collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.command).collect();
    assert_eq!(leaves, rows);
    for row in ROWS {
        let help = crate::help::help(&words(row)).await;
        let is_dry = matches!(row.writes, DryRun(_));
        assert_eq!(help.contains("--dry-run"), is_dry, "{}: {help}", row.command);
        if let Writes::Because(why) | Writes::DryRun(&[why]) = row.writes {
            assert!(!why.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_command_says_what_is_wrong_with_the_right_code() {
    let mut house = House::new().await;
    for row in ROWS {
        let flags = [&words(row)[..], &["--no-such-flag"]].concat();
        house.run(&flags).await.refused(2, &["--no-such-flag"]);
    }
    let folder = house.folder.path().join("data");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(house.store(), vec![7; 8_192]).unwrap();
    for row in ROWS.iter().filter(|row| row.opens) {
        let line = [&words(row)[..], &needed(row, "0123456789abcdef01234567")].concat();
        house.run(&line).await.refused(1, &[]);
    }
    assert_eq!(std::fs::read(house.store()).unwrap(), vec![7; 8_192], "nothing was changed");
    house.set("no_such_setting", "x");
    for row in ROWS.iter().filter(|row| row.opens && row.command != "doctor") {
        let line = [&words(row)[..], &needed(row, "0123456789abcdef01234567")].concat();
        house.run(&line).await.refused(2, &["NO_SUCH_SETTING"]);
    }
}

/// Words without which the command is not understood.
fn needed(row: &Row, token: &'static str) -> Vec<&'static str> {
    let words = match (&row.json, &row.writes) {
        (Json::Of(_, words), _) | (_, DryRun(words)) => *words,
        _ => &[],
    };
    words.iter().map(|word| if *word == "TOKEN" { token } else { word }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_look_first_writes_nothing_and_every_answer_is_as_its_schema_says() {
    let document: Value =
        serde_json::from_str(include_str!("../../../../docs/operations/cli-json.schema.json")).unwrap();
    let definitions: BTreeSet<&str> =
        document["$defs"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut met = BTreeSet::new();
    let mut holds = |name: &'static str, answer: &Value, said: &str| {
        met.insert(name);
        let schema = json!({"$ref": format!("#/$defs/{name}"), "$defs": document["$defs"]});
        let errors: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(answer)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{said}: {errors:?} in {answer}");
    };
    let (house, token) = furnished().await;
    let filled = |words: &[&'static str]| -> Vec<String> {
        words.iter().map(|word| if *word == "TOKEN" { token.clone() } else { (*word).to_owned() }).collect()
    };
    for row in ROWS {
        let command = words(row);
        let run = async |flags: &[&'static str], more: Vec<String>| {
            let line: Vec<&str> = flags
                .iter()
                .copied()
                .chain(command.iter().copied())
                .chain(more.iter().map(String::as_str))
                .collect();
            house.run(&line).await.ok()
        };
        if let DryRun(more) = row.writes {
            let before = house.everything();
            let mut more = filled(more);
            more.push("--dry-run".to_owned());
            let said = run(&[], more.clone()).await;
            assert!(!said.out.is_empty(), "{}: {said:?}", row.command);
            let answer = run(&["--json"], more).await.json();
            if !row.plan.is_empty() {
                holds(row.plan, &answer, row.command);
            }
            assert!(house.everything() == before, "{} --dry-run wrote something", row.command);
        }
        match &row.json {
            Json::Of(name, more) => holds(name, &run(&["--json"], filled(more)).await.json(), row.command),
            Json::Because(why) => assert!(!why.is_empty()),
        }
    }
    holds("doctor", &house.json(&["--json", "doctor"]).await, "doctor");
    holds("doctor-report", &house.json(&["--json", "doctor", "--report"]).await, "doctor --report");
    assert_eq!(met, definitions, "every definition is used");
}
