//! Connections to a server that this process opened: closed before it ends, so that nothing is cut off in the middle.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use store_mongodb::Connections;

/// Nobody waits longer for a program to end because its server does not answer.
const LONGEST: Duration = Duration::from_secs(1);

static OPEN: Mutex<Vec<Connections>> = Mutex::new(Vec::new());

/// Remembers connections until the end.
pub(crate) fn keep(connections: Connections) {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner).push(connections);
}

/// Closes all of them.
pub(crate) async fn close() {
    let open = std::mem::take(&mut *OPEN.lock().unwrap_or_else(PoisonError::into_inner));
    for connections in open {
        connections.close(LONGEST).await;
    }
}
