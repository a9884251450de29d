//! The model store keeps every law of the contract.

use store::contract::{MemoryStore, Opened};

async fn open() -> Opened {
    Opened::new(MemoryStore::new())
}

store::contract_tests!(open);
