//! Every recorded reply of a real MongoDB becomes the right error of the port: the codes it used, each with what it must
//! become, and none that is not listed here.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::collections;
use mongodb::bson::{Bson, Document};
use store::StoreError;
use store_mongodb::verdict::{Asked, Verdict, of_reply};

/// What a reply must become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Duplicate,
    Malformed,
    Unsupported,
    Unavailable,
    Gone,
    Unusable,
    Again,
    Taken,
    Unknown,
}
use Expected::{Again, Duplicate, Gone, Malformed, Taken, Unavailable, Unknown, Unsupported, Unusable};

/// By code, in the order in which the cases first use it.
const EXPECTED: [(i64, Expected); 32] = [
    // Asked for wrongly: indexes with other options, operators, names, commands and stages that there are not.
    (85, Unsupported),
    (86, Unsupported),
    (2, Unsupported),
    (9, Unsupported),
    (14, Unsupported),
    (40, Unsupported),
    (27, Unsupported),
    (15, Unsupported),
    (48, Unsupported),
    (26, Unsupported),
    (59, Unsupported),
    (51_091, Unsupported),
    (4_862_100, Unsupported),
    (263, Unsupported),
    // Documents.
    (11_000, Duplicate),
    (171, Malformed),
    (16_755, Malformed),
    (121, Malformed),
    (66, Malformed),
    (52, Malformed),
    (17_419, Malformed),
    // The transaction is gone and can be run again.
    (251, Again),
    (112, Taken),
    // Written, but not by a majority yet; or nobody knows.
    (100, Unknown),
    (79, Unknown),
    (64, Unknown),
    (11_602, Unknown),
    // The server.
    (43, Gone),
    (10_107, Unavailable),
    (13_435, Unavailable),
    (20, Unusable),
    (40_573, Unusable),
];

fn become_(verdict: &Verdict) -> Option<Expected> {
    Some(match verdict {
        Verdict::Done(_) => return None,
        Verdict::Again(_) => Again,
        Verdict::Taken(_) => Taken,
        Verdict::Unknown(_) => Unknown,
        Verdict::Refused(error) => match error {
            StoreError::Duplicate { .. } => Duplicate,
            StoreError::Malformed { .. } => Malformed,
            StoreError::MomentGone { .. } => Gone,
            StoreError::Unsupported { .. } => Unsupported,
            StoreError::Unavailable { .. } => Unavailable,
            StoreError::Unusable { .. } => Unusable,
            _ => return None,
        },
    })
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "where the contracts are, and whether this is CI"
)]
fn cases() -> Option<Vec<Document>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts");
    let (given, ci) = (std::env::var("CALLBOARD_CONTRACTS"), std::env::var("CI"));
    let file = given.map_or_else(|_| PathBuf::from(beside), PathBuf::from).join("mongodb-replies.jsonl");
    if file.is_file() {
        let text = std::fs::read_to_string(&file).expect("it is read");
        return Some(text.lines().map(|line| serde_json::from_str(line).expect("a case")).collect());
    }
    assert_ne!(ci.as_deref(), Ok("true"), "{} must be there in CI", file.display());
    println!("not run: the recorded replies are not at {}", file.display());
    None
}

/// The code of a reply, wherever it stands.
fn code(reply: &Document) -> Option<i64> {
    let first = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
    let of = first.and_then(Bson::as_document).or_else(|| reply.get_document("writeConcernError").ok());
    match of.unwrap_or(reply).get("code") {
        Some(Bson::Int32(code)) => Some(i64::from(*code)),
        Some(Bson::Int64(code)) => Some(*code),
        _ => None,
    }
}

/// Every value in a command that somebody may have typed: texts that are no operators and no names of ours.
fn typed(value: &Bson, texts: &mut BTreeSet<String>) {
    match value {
        Bson::String(text) if text.len() > 3 => {
            texts.insert(text.clone());
        }
        Bson::Document(document) => document.values().for_each(|value| typed(value, texts)),
        Bson::Array(items) => items.iter().for_each(|value| typed(value, texts)),
        _ => {}
    }
}

#[test]
fn every_recorded_reply_becomes_the_right_error() {
    let Some(cases) = cases() else { return };
    let (mut failures, mut seen) = (0, BTreeSet::new());
    for case in &cases {
        let name = case.get_str("case").expect("a name");
        for (position, step) in case.get_array("steps").expect("steps").iter().enumerate() {
            let step = step.as_document().expect("a step");
            let (command, reply) = (
                step.get_document("command").expect("a command"),
                step.get_document("reply").expect("a reply"),
            );
            let collection = command.values().next().and_then(Bson::as_str).and_then(collections::named);
            let verdict = of_reply(Asked { what: "write", collection }, reply);
            let at = format!("{name}, step {position}");
            let Some(code) = code(reply) else {
                // A connection that was lost has no reply; everything else was done.
                let is_lost = !reply.contains_key("ok");
                assert!(is_lost || matches!(verdict, Verdict::Done(_)), "{at}: {verdict:?}");
                continue;
            };
            let expected = EXPECTED.iter().find(|(listed, _)| *listed == code).map(|(_, expected)| *expected);
            assert!(expected.is_some(), "{at}: code {code} is not listed");
            assert_eq!(become_(&verdict), expected, "{at}: {verdict:?}");
            if let (Verdict::Refused(StoreError::Duplicate { fields, .. }), Some(_)) = (&verdict, collection)
            {
                let first = reply.get_array("writeErrors").expect("write errors").first();
                let pattern = first.and_then(Bson::as_document).expect("one").get_document("keyPattern");
                let keys: Vec<&str> = pattern.expect("keys").keys().map(String::as_str).collect();
                assert_eq!(*fields, keys, "{at}");
            }
            let mut texts = BTreeSet::new();
            command
                .iter()
                .filter(|(name, _)| matches!(name.as_str(), "documents" | "updates" | "query" | "filter"))
                .for_each(|(_, value)| typed(value, &mut texts));
            let sentence = format!("{verdict:?}");
            assert!(texts.iter().all(|text| !sentence.contains(text.as_str())), "{at}: {sentence}");
            failures += 1;
            seen.insert(code);
        }
    }
    assert!(failures > 90, "{failures}");
    assert_eq!(seen.len(), EXPECTED.len(), "every line of the table was met");
}

/// Atlas has one code for all of its own refusals; only at a sign-in it means the password, and there it is no reply.
#[test]
fn what_atlas_refuses_is_told_in_its_words() {
    use mongodb::bson::doc;
    let sentence = "you are over your space quota, using 526 MB of 512 MB";
    let reply = doc! { "ok": 0, "code": 8000, "codeName": "AtlasError", "errmsg": sentence };
    let verdict = of_reply(Asked { what: "write", collection: None }, &reply);
    let Verdict::Refused(StoreError::Unusable { reason }) = verdict else { panic!("{verdict:?}") };
    assert!(reason.contains("cannot write (AtlasError, code 8000") && reason.contains(sentence), "{reason}");
    assert!(!reason.contains("password"), "{reason}");
}

/// On 4.4 a long reading is a transaction, which the server ends; later it is a snapshot, which grows too old.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_that_is_gone_is_told_with_what_keeps_it_longer() {
    for (max_wire_version, code, name) in [
        (9, 251, "NoSuchTransaction"),
        (9, 290, "TransactionExceededLifetimeLimitSeconds"),
        (21, 239, "SnapshotTooOld"),
    ] {
        let address = crate::scripted::start(|me| {
            use mongodb::bson::doc;
            move |command, _| {
                crate::scripted::Answer::Reply(match command {
                    "hello" | "isMaster" | "ismaster" => {
                        crate::scripted::hello(max_wire_version, crate::scripted::primary(me))
                    }
                    "buildInfo" => doc! { "ok": 1, "version": "4.4.29" },
                    "find" => doc! {
                        "ok": 0, "code": code, "codeName": name, "errmsg": "no",
                        "errorLabels": ["TransientTransactionError"],
                    },
                    _ => doc! { "ok": 1 },
                })
            }
        });
        let options = store_mongodb::MongoOptions::at(format!("mongodb://{address}/callboard"));
        let store = store_mongodb::MongoStore::open_as_it_is(options).await.unwrap();
        let all = store::Filter::All(Vec::new());
        let error = store::Store::stream(&store, &model::collections::EVENTS, all, Box::new(|_| true)).await;
        let Err(StoreError::MomentGone { reason }) = error else { panic!("{name}: {error:?}") };
        for said in [name, "transactionLifetimeLimitSeconds", "minSnapshotHistoryWindowInSeconds"] {
            assert!(reason.contains(said), "{reason}");
        }
    }
}
