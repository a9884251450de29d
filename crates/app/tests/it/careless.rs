//! A store that keeps something else than it was given, or nothing, and says nothing of it.

use std::sync::Arc;

use model::Id;
use store::{Batch, BoxFuture, Layer, Store, StoreError, Write};

/// What it does to one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// It is not written.
    Lost,
    /// Another text stands in place of its title.
    Changed,
    /// It is written once more, under another id.
    Doubled,
}

/// Stands before another store.
pub(crate) struct Careless {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) slip: Slip,
    /// The document.
    pub(crate) about: Id,
}

impl Careless {
    fn kept(&self, batch: Batch) -> Batch {
        let mut kept = Batch::new();
        for write in batch.writes {
            match write {
                Write::Raw { collection, mut document, expected_revision } if document.id == self.about => {
                    let raw = |document| Write::Raw { collection, document, expected_revision };
                    if self.slip == Slip::Doubled {
                        let mut second = document.clone();
                        second.id = Id::from_parts(1, *b"again", 1);
                        let (once, again) = (document.id.to_string(), second.id.to_string());
                        second.json = document.json.replace(&once, &again).into();
                        kept.writes.push(raw(second));
                    }
                    document.json = match self.slip {
                        Slip::Lost => continue,
                        Slip::Changed => document.json.replace("first", "other").into(),
                        Slip::Doubled => document.json,
                    };
                    kept.writes.push(raw(document));
                }
                write => kept.writes.push(write),
            }
        }
        kept
    }
}

impl Layer for Careless {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        self.inner.commit(self.kept(batch))
    }
}
