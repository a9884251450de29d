//! The connections of a store: what its driver does in the background until they are closed.

use std::time::Duration;

use mongodb::Client;
use tokio::time::timeout;

/// The connections of a [`crate::MongoStore`]. The driver gives sessions back and ends cursors in tasks of its own; one that
/// still runs when its runtime goes away panics. So whoever ends a runtime closes them first.
pub struct Connections(pub(crate) Client);

impl Connections {
    /// Lets the driver finish, for `longest` at most and as long again for its own tasks to end. The store answers nothing
    /// afterwards.
    pub async fn close(self, longest: Duration) {
        let Self(client) = self;
        // A cursor or a session that somebody still holds would be waited for without an end.
        if timeout(longest, client.clone().shutdown()).await.is_err() {
            let at_once = client.shutdown().immediate(true);
            if timeout(longest, at_once).await.is_err() {
                tracing::debug!("the connections to MongoDB did not close in their time");
            }
        }
    }
}
