//! A house: a folder of its own, a simulated Outlook with one person, and the settings that bring both together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::world::{Actor, UserSpec, World};
use simulators::{SimClock, SimulatorOptions, Simulators};

use super::{Browser, Outcome, Program, Script, Server};

/// The person whose mailbox it is.
pub(crate) const MIRA: &str = "mira.holm@harbourhall.example";
/// A key of 32 bytes as `callboard keys generate` prints them.
pub(crate) const KEY: &str = "k1:5q5Zk0mY3x1vXbRrWQ8n0G8sYc0m9l1tq2p3u4v5w6c=";

pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) sim: Simulators,
    settings: BTreeMap<String, String>,
    database: Option<mongodb_server::Database>,
}

impl House {
    /// A house with Mira's empty mailbox.
    pub(crate) async fn new() -> Self {
        Self::new_with(|_| {}).await
    }

    /// The same on the MongoDB server at hand, in a database of its own.
    pub(crate) async fn on_mongodb() -> Self {
        Self::on_mongodb_with(|_| {}).await
    }

    /// The same with other options of the simulated Outlook.
    pub(crate) async fn on_mongodb_with(change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        let mut house = Self::new_with(change).await;
        let database = mongodb_server::server().unwrap().database();
        house.set("store", &database.store_uri());
        Self { database: Some(database), ..house }
    }

    /// The same with other options of the simulated Outlook.
    pub(crate) async fn new_with(change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        let mut options =
            SimulatorOptions { clock: SimClock::following(Arc::new(now)), ..SimulatorOptions::default() };
        change(&mut options);
        let sim = Simulators::start(options).await.unwrap();
        sim.state()
            .add_user(UserSpec {
                id: String::new(),
                name: "Mira Holm".to_owned(),
                mail: MIRA.to_owned(),
                time_zone: "W. Europe Standard Time".to_owned(),
            })
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = sim.authority_url();
        let settings = [
            ("data_dir", folder.path().join("data").display().to_string()),
            ("keys", KEY.to_owned()),
            ("listen", "127.0.0.1:0".to_owned()),
            ("outlook_client_id", SimulatorOptions::default().client_id),
            ("outlook_authority_url", url.clone()),
            ("outlook_graph_url", url),
            ("sync_interval", "off".to_owned()),
        ];
        let settings = settings.map(|(key, value)| (key.to_owned(), value)).into();
        Self { folder, sim, settings, database: None }
    }

    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.settings.insert(key.to_owned(), value.to_owned());
    }

    pub(crate) fn unset(&mut self, key: &str) {
        self.settings.remove(key);
    }

    pub(crate) fn world(&self) -> &World {
        self.sim.state()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("data/callboard.db")
    }

    /// The program with these words, in an environment that holds the house's settings and nothing else.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = bare(words, self.folder.path());
        for (key, value) in &self.settings {
            command.env(format!("CALLBOARD_{}", key.to_uppercase()), value);
        }
        command
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, words: &[&str]) -> Outcome {
        Outcome::of(self.command(words)).await
    }

    /// Runs it without the house's settings.
    pub(crate) async fn bare(&self, words: &[&str]) -> Outcome {
        Outcome::of(bare(words, self.folder.path())).await
    }

    /// Runs it, expects that it goes well, and reads what it printed as JSON.
    pub(crate) async fn json(&self, words: &[&str]) -> Value {
        self.run(words).await.ok().json()
    }

    /// Starts it and lets it run.
    pub(crate) fn start(&self, words: &[&str]) -> Program {
        Program::start(self.command(words))
    }

    /// Starts the server and waits until it says where it is.
    pub(crate) async fn serve(&self) -> Server {
        Server::start(self.command(&["serve"])).await
    }

    /// Starts the server and signs Mira in; her calendars are known afterwards.
    pub(crate) async fn serve_mira(&self) -> (Server, Browser) {
        let server = self.serve().await;
        let browser = Browser::sign_in(&server.url, MIRA).await;
        super::until("the calendars appear after the sign-in", async || {
            let calendars = browser.get("/api/v1/calendars").await.ok();
            (!calendars["items"].as_array().unwrap().is_empty()).then_some(())
        })
        .await;
        (server, browser)
    }

    /// A token of Mira's, made at the command line.
    pub(crate) async fn token(&self) -> String {
        let token = self.json(&["--json", "tokens", "create", "--user", MIRA]).await;
        token["token"].as_str().unwrap().to_owned()
    }

    /// A script of Mira's that talks to the server.
    pub(crate) async fn script(&self, server: &Server) -> Script {
        Script::new(&server.url, &self.token().await)
    }

    /// Makes an event in Mira's default calendar, as Mira.
    pub(crate) fn create(&self, body: &Value) -> String {
        self.world().create_event(Actor::Person, MIRA, None, body).unwrap().id
    }

    /// Makes `count` events in Mira's default calendar, on the days after today.
    pub(crate) fn create_days(&self, count: i64) -> Vec<String> {
        (0..count).map(|day| self.create(&timed(&format!("Booking {day}"), day + 1, 10))).collect()
    }

    pub(crate) fn delete(&self, id: &str) {
        self.world().delete_event(Actor::Person, MIRA, id, None).unwrap();
    }

    /// The control side of the simulated Outlook.
    pub(crate) async fn sim(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_sim/{path}", self.sim.control_url());
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        self.sim("POST", "faults", Some(fault)).await;
    }

    pub(crate) async fn no_faults(&self) {
        self.sim("DELETE", "faults", None).await;
    }

    /// Every row of every table of the embedded store's file, to see that nothing was written.
    pub(crate) fn everything(&self) -> Vec<String> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = rusqlite::Connection::open_with_flags(self.store(), flags).unwrap();
        let mut names =
            file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
        let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut all = Vec::new();
        for name in names {
            let mut rows = file.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
            let columns = rows.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let values = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
                Ok(format!("{name} {:?}", values.collect::<Result<Vec<_>, _>>()?))
            };
            let mut lines: Vec<String> = rows.query_map([], row).unwrap().map(Result::unwrap).collect();
            lines.sort();
            all.extend(lines);
        }
        all
    }

    /// The collections there are on the server.
    pub(crate) fn collections(&self) -> Vec<String> {
        self.database.as_ref().unwrap().collections().unwrap()
    }

    /// Its database on the server.
    pub(crate) fn database(&self) -> &mongodb_server::Database {
        self.database.as_ref().unwrap()
    }

    /// Takes an index of the events away with another tool, and on MongoDB their validator. Answers what that is called.
    pub(crate) fn damage(&self) -> Vec<String> {
        if let Some(database) = &self.database {
            database.damage("events", "location_1").unwrap();
            return vec!["events has no validator".to_owned(), "events: location_1 is missing".to_owned()];
        }
        let file = rusqlite::Connection::open(self.store()).unwrap();
        file.execute_batch("DROP INDEX \"events__location\"").unwrap();
        vec!["events: events__location is missing".to_owned()]
    }

    /// Rows of a collection as they stand in the file or on the server, in the order of their ids.
    pub(crate) fn rows(&self, collection: &str) -> Vec<String> {
        if let Some(database) = &self.database {
            return database.documents(collection).unwrap().iter().map(|text| as_in_the_file(text)).collect();
        }
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = rusqlite::Connection::open_with_flags(self.store(), flags).unwrap();
        let mut statement = file
            .prepare(&format!(
                "SELECT hex(_id) || ' ' || revision || ' ' || doc FROM {collection} ORDER BY _id"
            ))
            .unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

/// The text of a document of MongoDB's as rows of the embedded store are: the id first, no space after a name.
fn as_in_the_file(text: &str) -> String {
    let id = text.split_once("ObjectId(\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    format!("{} {}", id.to_uppercase(), text.replace("\": ", "\":"))
}

/// The program without any setting.
pub(crate) fn bare(words: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callboard"));
    command.args(words).env_clear().current_dir(folder);
    command
}

/// An event of one hour in Berlin, so many days from today.
pub(crate) fn timed(subject: &str, day: i64, hour: i8) -> Value {
    let zone = "W. Europe Standard Time";
    json!({
        "subject": subject,
        "start": {"dateTime": format!("{}T{hour:02}:00:00", day_from_today(day)), "timeZone": zone},
        "end": {"dateTime": format!("{}T{:02}:00:00", day_from_today(day), hour + 1), "timeZone": zone},
    })
}

/// The date so many days from today, in UTC.
pub(crate) fn day_from_today(days: i64) -> jiff::civil::Date {
    use jiff::ToSpan;
    now().to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(days.days()).unwrap()
}

/// The machine's time: the programs under test run by it.
#[expect(clippy::disallowed_methods, reason = "the programs under test run by the machine's clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
