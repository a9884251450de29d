//! A server of one's own, for tests that pause and kill it: nobody else is on it.

use std::net::SocketAddr;

use crate::choose::Choice;
use crate::database::Database;
use crate::process::Process;
use crate::replica_set::{ReplicaSet, wait_for_primary};
use crate::server::startable;
use crate::{Failure, stand_in};

/// One node that answers as a primary. It is ended when this is dropped, its data with it.
#[derive(Debug)]
pub struct Own {
    process: Process,
    address: String,
    uri: String,
    is_stand_in: bool,
}

impl Own {
    /// Starts a `mongod` where there is one, else the stand-in.
    pub fn start() -> Result<Self, Failure> {
        if let Choice::Mongod(program) = startable() {
            let set = ReplicaSet::start(&program, 1)?;
            let uri = set.uri();
            let node = set.into_only_node().ok_or_else(|| Failure::new("A set of one has a node."))?;
            return Ok(Self {
                address: node.address().to_owned(),
                process: node.into_process(),
                uri,
                is_stand_in: false,
            });
        }
        let (process, uri) = stand_in::start(true)?;
        let address = uri.trim_start_matches("mongodb://").trim_end_matches('/').to_owned();
        Ok(Self { process, address, uri, is_stand_in: true })
    }

    /// A database of its own on it.
    pub fn database(&self) -> Database {
        Database::new(&self.uri, self.is_stand_in)
    }

    /// Whether it is the stand-in, which forgets its transactions when it is killed.
    pub fn is_stand_in(&self) -> bool {
        self.is_stand_in
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address.parse().ok()
    }

    /// Its process, to be paused and resumed.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Kills it (SIGKILL), starts it again with the data it had, and waits until it takes writes.
    pub fn kill_and_start_again(&self) -> Result<(), Failure> {
        self.process.kill()?;
        self.process.start_again()?;
        wait_for_primary(&self.address, &self.process)
    }
}
