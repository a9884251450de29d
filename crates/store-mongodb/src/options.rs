//! What can be set when the store is opened.

use std::fmt;
use std::time::Duration;

use model::schema::Collection;

use crate::patience;

const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
const CONFLICT_TIMEOUT: Duration = Duration::from_secs(100);

/// How to open the store. Its address may have a password, so it is not shown, nowhere.
#[derive(Clone)]
pub struct MongoOptions {
    /// `mongodb://` or `mongodb+srv://` with the name of the database; TLS, sign-in and patience by its options.
    pub uri: String,
    /// The collections to keep.
    pub collections: &'static [&'static Collection],
    /// How long a server is looked for before the store counts as not to be reached.
    pub server_selection_timeout: Duration,
    /// How long one read, or all of a commit with its repetitions, may take: `timeoutMS` of the address, else 30 seconds.
    pub operation_timeout: Duration,
    /// How long a commit is tried again while another transaction holds what it writes. A transaction outlives a client
    /// that was killed: the server ends it after `transactionLifetimeLimitSeconds`, a minute, and looks only every half
    /// of that. With less than both, whatever is started again after a `kill -9` would fail on what it left.
    pub conflict_timeout: Duration,
    /// How many connections there are at most for each server, unless the address says another number.
    pub max_pool_size: u32,
}

impl MongoOptions {
    /// The usual options.
    pub fn at(uri: impl Into<String>) -> Self {
        let uri = uri.into();
        // What is no time is refused when the store is opened.
        let operation_timeout = patience::of(&uri).ok().flatten().unwrap_or(OPERATION_TIMEOUT);
        Self {
            uri,
            collections: model::collections::ALL,
            server_selection_timeout: Duration::from_secs(10),
            operation_timeout,
            conflict_timeout: CONFLICT_TIMEOUT.max(operation_timeout),
            max_pool_size: 50,
        }
    }
}

impl fmt::Debug for MongoOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MongoOptions")
            .field("uri", &"(not shown)")
            .field("server_selection_timeout", &self.server_selection_timeout)
            .field("operation_timeout", &self.operation_timeout)
            .field("conflict_timeout", &self.conflict_timeout)
            .field("max_pool_size", &self.max_pool_size)
            .finish_non_exhaustive()
    }
}
