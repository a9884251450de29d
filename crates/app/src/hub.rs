//! Notices for open browsers: what changed, how far a sync is. Lost notices do no harm: a browser reads again.

use model::Id;
use model::documents::ExportStatus;
use serde::Serialize;
use tokio::sync::broadcast;

use crate::sync_run::RunState;

/// Something that happened. Only those who may see the user's records get it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "notice")]
pub enum Notice {
    /// An event was made, changed or removed.
    EventChanged {
        /// Which.
        event_id: Id,
        /// In which calendar.
        calendar_id: Id,
    },
    /// A calendar's events changed in bulk: read again.
    CalendarChanged {
        /// Which.
        calendar_id: Id,
    },
    /// Anything may have changed: read again. For everybody.
    ReadAgain,
    /// A sync run went on.
    SyncProgress(Box<RunState>),
    /// An export was asked for, went on or ended. For administrators.
    ExportProgress {
        /// Which.
        export_id: Id,
        /// Where it is.
        status: ExportStatus,
        /// Records written so far.
        progress_count: i64,
    },
}

/// Publishes notices to whoever listens.
pub struct Hub {
    sender: broadcast::Sender<(Id, Notice)>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self { sender: broadcast::channel(1_024).0 }
    }

    /// Tells of something that concerns the records of `user_id`.
    pub fn publish(&self, user_id: Id, notice: Notice) {
        // Nobody listening is no error.
        let _ = self.sender.send((user_id, notice));
    }

    /// Tells everybody that anything may have changed.
    pub fn publish_to_all(&self) {
        // Of nobody's records: whoever hears it reads no more than their own again.
        self.publish(Id::NOBODY, Notice::ReadAgain);
    }

    /// Whether anybody listens.
    pub(crate) fn has_listeners(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Listens from now on; each notice with the user whose records it concerns.
    pub fn subscribe(&self) -> broadcast::Receiver<(Id, Notice)> {
        self.sender.subscribe()
    }
}
