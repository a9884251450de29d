//! A replica set on the loopback, of a `mongod` that was found: one node for most tests, three for fail-over.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use mongodb::bson::{Document, doc};

use crate::database::{Database, client, told};
use crate::process::{Process, folder, free_port};
use crate::{Failure, blocking, uri};

const NAME: &str = "rs0";

/// How often and how long something is waited for: ten times a second, a minute.
const LOOKS: u32 = 600;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Nodes that elected a primary. Each is ended by its own pid when this is dropped.
#[derive(Debug)]
pub struct ReplicaSet {
    nodes: Vec<Node>,
}

/// One of them.
#[derive(Debug)]
pub struct Node {
    address: String,
    process: Process,
}

impl ReplicaSet {
    /// Starts the nodes, makes them one set and waits for its primary.
    pub fn start(mongod: &Path, nodes: usize) -> Result<Self, Failure> {
        let nodes = (0..nodes).map(|_| Node::start(mongod)).collect::<Result<Vec<_>, _>>()?;
        let set = Self { nodes };
        let Some(first) = set.nodes.first() else {
            return Err(Failure::new("A replica set has at least one node."));
        };
        for node in &set.nodes {
            wait_for("to answer", &node.process, || node.hello().map(|_| true))?;
        }
        let members: Vec<Document> = set
            .nodes
            .iter()
            .zip(0_i32..)
            .map(|(node, number)| doc! {"_id": number, "host": &node.address})
            .collect();
        // Elections are quick here, so that tests need not wait the ten seconds that suit a real network.
        let settings = doc! {"electionTimeoutMillis": 2_000, "heartbeatIntervalMillis": 500};
        let config = doc! {"_id": NAME, "members": members, "settings": settings};
        first.run(doc! {"replSetInitiate": config})?;
        set.wait_for_primary()?;
        Ok(set)
    }

    /// The address of the whole set.
    pub fn uri(&self) -> String {
        let hosts: Vec<&str> = self.nodes.iter().map(|node| node.address.as_str()).collect();
        format!("mongodb://{}/?replicaSet={NAME}", hosts.join(","))
    }

    /// The only node of a set of one.
    pub(crate) fn into_only_node(self) -> Option<Node> {
        self.nodes.into_iter().next()
    }

    /// A database of its own for a test.
    pub fn database(&self) -> Database {
        Database::new(&self.uri(), false)
    }

    /// Waits until one of the nodes that answer takes writes, and gives it.
    pub fn wait_for_primary(&self) -> Result<&Node, Failure> {
        for _ in 0..LOOKS {
            let primary = self
                .nodes
                .iter()
                .find(|node| node.hello().is_ok_and(|answer| answer.get_bool("ismaster").unwrap_or(false)));
            if let Some(primary) = primary {
                return Ok(primary);
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Err(Failure::new("No primary was elected within a minute."))
    }
}

impl Node {
    fn start(mongod: &Path) -> Result<Self, Failure> {
        let (folder, port) = (folder()?, free_port()?);
        let port_text = port.to_string();
        let words = ["--replSet", NAME, "--bind_ip", "127.0.0.1", "--port", &port_text, "--nounixsocket"];
        let mut arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        arguments
            .extend(["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "128", "--dbpath"].map(Into::into));
        arguments.push(folder.clone().into());
        Ok(Self {
            address: format!("127.0.0.1:{port}"),
            process: Process::start(&folder, mongod, &arguments, &[])?,
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// It without its address.
    pub(crate) fn into_process(self) -> Process {
        self.process
    }

    /// Its process, to be paused, resumed or killed.
    pub fn process(&self) -> &Process {
        &self.process
    }

    fn hello(&self) -> Result<Document, Failure> {
        // The old name is understood by every version.
        self.run(doc! {"isMaster": 1})
    }

    fn run(&self, command: Document) -> Result<Document, Failure> {
        run(&self.address, command)
    }
}

/// Waits until the server at this address takes writes.
pub(crate) fn wait_for_primary(address: &str, process: &Process) -> Result<(), Failure> {
    wait_for("to take writes", process, || {
        run(address, doc! {"isMaster": 1}).map(|answer| answer.get_bool("ismaster").unwrap_or(false))
    })
}

fn wait_for(what: &str, process: &Process, is_so: impl Fn() -> Result<bool, Failure>) -> Result<(), Failure> {
    let mut last = String::new();
    for _ in 0..LOOKS {
        match is_so() {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(failure) => last = failure.to_string(),
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    let words = process.last_words();
    Err(Failure::new(format!("The server was waited for a minute {what}. {last}\nIt printed:\n{words}")))
}

fn run(address: &str, command: Document) -> Result<Document, Failure> {
    // Asked first, because a driver waits for a server that is not there yet.
    std::net::TcpStream::connect(address)
        .map_err(|error| Failure::new(format!("Nobody answers at {address}: {error}.")))?;
    let uri = uri::direct(address, "");
    blocking(async { client(&uri).await?.database("admin").run_command(command).await.map_err(told) })?
}
