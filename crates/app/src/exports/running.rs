//! The exports this process writes at present, so that a cancelled one stops at once, and the bell of its worker.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use model::Id;
use tokio::sync::Notify;

/// Exports under way in this process.
#[derive(Default)]
pub(crate) struct Running {
    stops: Mutex<HashMap<Id, Arc<AtomicBool>>>,
    bell: Notify,
}

impl Running {
    /// Notes that an export is being written, for as long as the answer lives.
    pub(super) fn begin(&self, id: Id) -> Begun<'_> {
        let stop = Arc::new(AtomicBool::new(false));
        self.stops().insert(id, stop.clone());
        Begun { running: self, id, stop }
    }

    /// Has an export stop, if this process writes it.
    pub(super) fn stop(&self, id: Id) {
        if let Some(stop) = self.stops().get(&id) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Wakes the worker.
    pub(super) fn wake(&self) {
        self.bell.notify_one();
    }

    /// Answers when the worker was woken.
    pub(super) async fn woken(&self) {
        self.bell.notified().await;
    }

    fn stops(&self) -> std::sync::MutexGuard<'_, HashMap<Id, Arc<AtomicBool>>> {
        // A panic elsewhere cannot leave a half-changed map behind.
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An export that is being written.
pub(super) struct Begun<'a> {
    running: &'a Running,
    id: Id,
    /// Turns true when it is to stop.
    pub(super) stop: Arc<AtomicBool>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.running.stops().remove(&self.id);
    }
}
