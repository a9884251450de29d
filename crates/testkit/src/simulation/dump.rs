//! Everything that is in a store at the end, as digests that do not depend on the engine.

use std::collections::BTreeMap;
use std::sync::Mutex;

use model::collections::{ALL, SCHEMA_MIGRATIONS};
use sha2::{Digest, Sha256};
use store::{Filter, Store, StoreError};

use super::here::lock;
use super::run::hex;

/// A digest of every document of every collection, by the collection's name. Engines give documents by rising id, and
/// their members in the order of the declaration, so that equal content is equal text.
pub(super) async fn dump(store: &dyn Store) -> Result<BTreeMap<&'static str, String>, StoreError> {
    let mut digests = BTreeMap::new();
    // Which form the engine's tables have is the engine's own affair.
    for collection in ALL.iter().filter(|collection| collection.name != SCHEMA_MIGRATIONS.name) {
        let digest = Mutex::new(Sha256::new());
        let each = Box::new(|documents: Vec<store::Document>| {
            for document in documents {
                lock(&digest).update(document.json.as_bytes());
                lock(&digest).update(b"\n");
            }
            true
        });
        store.stream(collection, Filter::All(Vec::new()), each).await?;
        digests.insert(collection.name, hex(&lock(&digest).clone().finalize()));
    }
    Ok(digests)
}
