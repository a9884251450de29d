//! The audit log: who changed what, written in the same commit as the change itself.

use model::Id;
use model::documents::{AuditEntry, Record, UNSET};
use model::schema::Collection;
use serde_json::Value;
use store::{Batch, StoreError};

use crate::{App, Caller, Source};

/// An entry in the making.
#[derive(Debug)]
pub struct Entry {
    user_id: Option<Id>,
    actor_id: Option<Id>,
    source: Source,
    action: &'static str,
    collection: &'static Collection,
    document_id: Id,
    changes: Option<Value>,
}

impl Entry {
    /// This was done (`event.updated`) to this document. Until said otherwise, by a job.
    pub fn new(action: &'static str, collection: &'static Collection, document_id: Id) -> Self {
        let source = Source::Job;
        Self { user_id: None, actor_id: None, source, action, collection, document_id, changes: None }
    }

    /// Whose record it is.
    #[must_use]
    pub fn about(self, user_id: Id) -> Self {
        Self { user_id: Some(user_id), ..self }
    }

    /// Who did it.
    #[must_use]
    pub fn by(self, actor_id: Id) -> Self {
        Self { actor_id: Some(actor_id), ..self }
    }

    /// From where it came.
    #[must_use]
    pub fn from(self, source: Source) -> Self {
        Self { source, ..self }
    }

    /// Who did it and from where. The operator at the command line has no user of their own.
    #[must_use]
    pub fn caller(self, caller: &Caller) -> Self {
        let actor_id = (caller.source() != Source::Cli).then_some(caller.user_id);
        Self { actor_id, source: caller.source(), ..self }
    }

    /// Field by field `{"before": …, "after": …}`. Never a secret.
    #[must_use]
    pub fn changes(self, changes: Value) -> Self {
        Self { changes: Some(changes), ..self }
    }

    /// Adds the entry to the batch that makes the change, and tells the log who did what.
    pub fn add(self, app: &App, batch: &mut Batch) -> Result<(), StoreError> {
        let mut entry = AuditEntry {
            id: app.new_id(),
            user_id: self.user_id,
            actor_id: self.actor_id,
            source: self.source.word().to_owned(),
            action: self.action.to_owned(),
            collection: self.collection.name.to_owned(),
            document_id: self.document_id,
            changes: self.changes,
            created_at: UNSET,
            updated_at: UNSET,
            revision: 0,
        };
        entry.touch(app.now());
        tracing::info!(
            target: "audit",
            action = self.action,
            document_id = %self.document_id,
            actor_id = self.actor_id.map(tracing::field::display),
            user_id = self.user_id.map(tracing::field::display),
            source = self.source.word(),
            at = %app.now(),
        );
        batch.insert(&entry)
    }
}
