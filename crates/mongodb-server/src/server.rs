//! The one server of this process.

use std::io::Write;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::OnceLock;

use mongodb::bson::doc;

use crate::choose::{Around, Choice, choose};
use crate::database::{Database, client, told};
use crate::identity::{self, Identity};
use crate::process::Process;
use crate::replica_set::ReplicaSet;
use crate::{Failure, blocking, stand_in};

/// A server that answers as a primary.
#[derive(Debug)]
pub struct Server {
    uri: String,
    identity: Identity,
    _started: Option<Started>,
}

/// What is ended with it.
#[derive(Debug)]
#[expect(dead_code, reason = "held to be dropped")]
enum Started {
    StandIn(Process),
    Mongod(ReplicaSet),
}

/// The server of this process: found or started at the first call, and ended with the process.
pub fn server() -> Result<&'static Server, Failure> {
    static SERVER: OnceLock<Result<Server, Failure>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref().map_err(Clone::clone)
}

/// The `mongod` there is, for tests that need more than one node or none.
pub fn mongod() -> Option<PathBuf> {
    let around = Around::look();
    around.mongod.or(around.mongod_on_path)
}

/// The server that a test of its own would start: the `mongod` there is, else the stand-in.
pub(crate) fn startable() -> Choice {
    choose(Around { uri: None, ..Around::look() })
}

/// Finds or starts a server and says in one line which one it is. Ended when it is dropped.
pub fn start() -> Result<Server, Failure> {
    let server = match choose(Around::look()) {
        Choice::Running { uri } => Server { identity: identity::ask(&uri)?, uri, _started: None },
        Choice::Mongod(program) => {
            let set = ReplicaSet::start(&program, 1)?;
            let uri = set.uri();
            Server { identity: identity::ask(&uri)?, uri, _started: Some(Started::Mongod(set)) }
        }
        Choice::StandIn => {
            let (process, uri) = stand_in::start(false)?;
            Server { identity: identity::ask(&uri)?, uri, _started: Some(Started::StandIn(process)) }
        }
    };
    // Not the macro: this line is to be seen whichever test asked first.
    let _ = writeln!(std::io::stderr(), "MongoDB in tests: {}", server.identity);
    Ok(server)
}

impl Server {
    /// Its address. May have a password: not for messages.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Name and version, for people.
    pub fn describe(&self) -> String {
        self.identity.to_string()
    }

    /// The version of MongoDB it is, or speaks like.
    pub fn speaks(&self) -> &str {
        &self.identity.speaks
    }

    /// Whether it is the stand-in, which is not MongoDB: no test leans on what only it does.
    pub fn is_stand_in(&self) -> bool {
        self.identity.is_stand_in()
    }

    /// A database of its own for a test.
    pub fn database(&self) -> Database {
        Database::new(&self.uri, self.is_stand_in())
    }

    /// Where its primary listens, for a proxy in front of it, which can neither sign in nor speak TLS.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        let failed = |reason: &str| {
            Failure::new(format!(
                "No proxy can stand in front of this MongoDB server: {reason}. Tests through the proxy need a server \
                 without sign-in and TLS: take another one in CALLBOARD_TEST_MONGODB_URI, or none."
            ))
        };
        let is_plain = self.uri.starts_with("mongodb://") && !self.uri.contains(['@']);
        if !is_plain || self.uri.contains("tls=true") || self.uri.contains("ssl=true") {
            return Err(failed("it wants a sign-in or TLS"));
        }
        let answer = blocking(async {
            client(&self.uri).await?.database("admin").run_command(doc! {"isMaster": 1}).await.map_err(told)
        })??;
        let primary = answer.get_str("primary").map_err(|_| failed("it names no primary"))?;
        let mut found =
            primary.to_socket_addrs().map_err(|_| failed("the name of its primary is not known"))?;
        found.next().ok_or_else(|| failed("its primary has no address"))
    }
}
