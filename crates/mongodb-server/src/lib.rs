//! The MongoDB server that tests run against: found or started once for a process, and ended with it.
//!
//! [`server()`] takes the first of these that is there: the server at `CALLBOARD_TEST_MONGODB_URI`; a `mongod` at
//! `CALLBOARD_MONGOD` or on the path, started as a replica set of one node; else the stand-in (`requirements.txt`),
//! installed below `target/`. What was started is ended by a small shell that waits for this process to go away, so that
//! nothing is left running after a failed or killed test either. [`replica_set`] starts several nodes where there is a
//! `mongod`; [`proxy`] stands in front of a server and cuts, delays, holds, and loses answers.

mod choose;
mod database;
mod identity;
mod own;
mod process;
pub mod proxy;
pub mod replica_set;
mod server;
mod stand_in;
mod uri;

pub use database::Database;
pub use own::Own;
pub use process::Process;
pub use server::{Server, mongod, server, start};

/// Why there is no server to test against: what was attempted, what came back, what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// Runs something asynchronous to its end from anywhere, also from inside another runtime: on a thread of its own.
fn blocking<T: Send>(work: impl Future<Output = T> + Send) -> Result<T, Failure> {
    let run = || -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new(format!("A runtime could not be started: {error}.")))?;
        Ok(runtime.block_on(work))
    };
    std::thread::scope(|scope| scope.spawn(run).join())
        .unwrap_or_else(|_| Err(Failure::new("The thread that talked to the server panicked.")))
}
