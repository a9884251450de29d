//! What other servers on the same store write: heard, so that nothing kept in memory here stays old, and told to the
//! browsers that are open here.
//!
//! The store tells of every write, those of this server included, which are told to browsers twice then: once when they
//! were committed, once from here. That does no harm, because a browser reads again what it was told of, and to know
//! one's own writes would take a mark in every document.

mod heard;
mod hooks;
mod tell;

use std::sync::{Mutex, PoisonError};

use store::{Change, Changes};
use tokio::sync::Notify;

use crate::App;
use heard::Heard;

/// How long changes are gathered before browsers are told, so that a sync of thousands is told as one. In milliseconds.
const GATHER_MS: u64 = 250;

/// What was heard and not told yet.
#[derive(Default)]
struct Waiting {
    heard: Mutex<Heard>,
    more: Notify,
}

/// Listens for as long as it is polled. Ends at once on a store that has no change signal.
pub async fn listen(app: &App) {
    if let Some(changes) = app.store().changes() {
        listen_to(app, changes).await;
    }
}

/// Listens to this one for as long as it is polled.
pub async fn listen_to(app: &App, changes: Box<dyn Changes>) {
    let waiting = Waiting::default();
    let _listening = hooks::Listening(app);
    // Beside each other: a read for browsers does not keep caches waiting.
    futures::future::join(hear(app, changes, &waiting), tell(app, &waiting)).await;
}

async fn hear(app: &App, mut changes: Box<dyn Changes>, waiting: &Waiting) {
    loop {
        let change = changes.next().await;
        match change {
            Change::Document { collection, id, owner } => hooks::written(app, collection, id, owner),
            Change::Anything => hooks::anything(app),
        }
        waiting.heard.lock().unwrap_or_else(PoisonError::into_inner).note(change);
        waiting.more.notify_one();
    }
}

async fn tell(app: &App, waiting: &Waiting) {
    loop {
        waiting.more.notified().await;
        app.wait_ms(GATHER_MS).await;
        let heard = std::mem::take(&mut *waiting.heard.lock().unwrap_or_else(PoisonError::into_inner));
        if app.hub().has_listeners() {
            tell::browsers(app, heard).await;
        }
    }
}
