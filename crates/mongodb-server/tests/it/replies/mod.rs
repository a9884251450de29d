//! The recorded answers of a real MongoDB, asked again of the server at hand. Differences are listed in
//! `target/mongodb-differences.txt`, so that no test leans on one; only a server of the recorded version must have none.

mod compare;
mod raw;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use bson::oid::ObjectId;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, doc};
use mongodb_server::server;

use self::raw::Raw;

/// Cases that need another server than one that takes writes, or more than one.
const NOT_PLAYED: &[(&str, &str)] = &[
    ("standalone server", "is about a server without a replica set"),
    ("secondary, asked directly", "is about a node that takes no writes"),
    ("majority not reached in time", "needs three nodes, two of them paused"),
    ("primary steps down in a transaction", "would take the server from the other tests"),
    ("primary killed under writes", "needs three nodes, one of them killed"),
    ("hello", "is about the server itself"),
];

/// The recorded cases; `None` (said in one line) on a checkout without contracts beside it. In CI they must be there.
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
        let text = std::fs::read_to_string(&file).unwrap();
        // Read as documents and not as JSON values, which would forget the order of names.
        return Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    }
    assert_ne!(ci.as_deref(), Ok("true"), "{} must be there in CI", file.display());
    println!("not run: the recorded answers are not at {}", file.display());
    None
}

#[test]
fn recorded_answers_are_asked_again_and_differences_listed() {
    let Some(cases) = cases() else { return };
    let server = server().unwrap();
    let version = recorded_version(&cases);
    let mut report = format!("Recorded from MongoDB {version}, asked again of {}.\n", server.describe());
    let mut count = 0;
    for case in &cases {
        let name = case.get_str("case").unwrap();
        if let Some((_, why)) = NOT_PLAYED.iter().find(|(other, _)| *other == name) {
            writeln!(report, "\n{name}: not played, {why}").unwrap();
            continue;
        }
        let differences = play(Raw::connect(server.address().unwrap()), case);
        writeln!(report, "\n{name}: {} differences", differences.len()).unwrap();
        differences.iter().for_each(|line| writeln!(report, "  {line}").unwrap());
        count += differences.len();
    }
    let file = list_file();
    std::fs::write(&file, report).unwrap();
    let line = format!("{count} answers differ from the recorded ones, see {}\n", file.display());
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
    let is_recorded = !server.is_stand_in() && minor(server.speaks()) == minor(&version);
    assert!(
        count == 0 || !is_recorded,
        "a server of the recorded version answers differently, see {}",
        file.display()
    );
}

/// Plays a case in a database of its own; what differs.
fn play(mut raw: Raw, case: &Document) -> Vec<String> {
    let database = server().unwrap().database();
    let mut differences = Vec::new();
    let mut sessions: BTreeMap<i32, Bson> = BTreeMap::new();
    let mut cursor = None;
    for (number, step) in case.get_array("steps").unwrap().iter().enumerate() {
        let step = step.as_document().unwrap();
        let recorded = step.get_document("command").unwrap();
        // Each recorded transaction number stands for a session of its own; what has none is outside of all.
        let transaction = recorded.get_i32("txnNumber").unwrap_or(0);
        let session = sessions.entry(transaction).or_insert_with(session).clone();
        let mut command = command(recorded, database.name(), session);
        if let (true, Some(id)) = (command.contains_key("getMore"), cursor) {
            command.insert("getMore", Bson::Int64(id));
        }
        let answer = raw.run(&command);
        cursor = answer
            .get_document("cursor")
            .ok()
            .and_then(|cursor| cursor.get_i64("id").ok())
            .filter(|id| *id != 0)
            .or(cursor);
        let reply = step["reply"].clone().into_relaxed_extjson();
        let answer = Bson::Document(answer).into_relaxed_extjson();
        let place = format!("step {number} {}", recorded.keys().next().unwrap());
        compare::compare(&place, &reply, Some(&answer), &mut differences);
    }
    differences
}

/// The command as it is sent: marks replaced, nothing for a driver's book-keeping.
fn command(recorded: &Document, database: &str, session: Bson) -> Document {
    let mut command = Document::new();
    for (name, value) in recorded {
        match name.as_str() {
            "$clusterTime" | "$readPreference" => {}
            "lsid" => drop(command.insert("lsid", session.clone())),
            "$db" => drop(command.insert("$db", database)),
            "txnNumber" => drop(command.insert(name, i64::from(value.as_i32().unwrap()))),
            _ => drop(command.insert(name, value.clone())),
        }
    }
    // These three are of the whole cluster.
    if ["commitTransaction", "abortTransaction", "replSetStepDown"]
        .iter()
        .any(|name| command.contains_key(name))
    {
        command.insert("$db", "admin");
    }
    command
}

fn session() -> Bson {
    let id = [ObjectId::new().bytes().as_slice(), &[0; 4][..]].concat();
    Bson::Document(doc! {"id": Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id })})
}

fn recorded_version(cases: &[Document]) -> String {
    let hello = cases.iter().find(|case| case.get_str("case").is_ok_and(|name| name == "hello")).unwrap();
    let build = hello.get_array("steps").unwrap()[1].as_document().unwrap();
    build.get_document("reply").unwrap().get_str("version").unwrap().to_owned()
}

/// The first two numbers of a version: answers do not change within them.
fn minor(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}

fn list_file() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    target.map(Path::to_path_buf).unwrap().join("mongodb-differences.txt")
}
