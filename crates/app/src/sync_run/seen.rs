//! Which items a read met: a digest of each, as a mailbox may have many and ids are long.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

/// Items met so far, 16 bytes each.
#[derive(Debug, Default)]
pub(super) struct Seen {
    digests: HashSet<[u8; 16]>,
}

impl Seen {
    /// Notes an item of this id.
    pub(super) fn add(&mut self, id: &str) {
        self.digests.insert(digest(id));
    }

    /// Whether an item of this id was met.
    pub(super) fn has(&self, id: &str) -> bool {
        self.digests.contains(&digest(id))
    }
}

/// Half of the SHA-256: two ids that share it are not to be found, even by somebody who tries. Were they, an event that
/// is gone would stay.
fn digest(id: &str) -> [u8; 16] {
    let mut half = [0; 16];
    for (to, from) in half.iter_mut().zip(Sha256::digest(id)) {
        *to = from;
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_met_is_known_and_what_was_not_is_not() {
        let mut seen = Seen::default();
        (0..1_000).for_each(|number| seen.add(&format!("item {number}")));
        assert!((0..1_000).all(|number| seen.has(&format!("item {number}"))));
        assert!(!seen.has("item 1000") && !seen.has("Item 1"));
    }

    #[test]
    fn an_item_takes_few_bytes_however_long_its_id() {
        let mut seen = Seen::default();
        let id = "A".repeat(400);
        (0..50_000).for_each(|number| seen.add(&format!("{id}{number}")));
        // A table keeps some places free, and has a byte for each of its own.
        assert!(seen.digests.capacity() * 17 < 2 << 20, "{}", seen.digests.capacity());
    }
}
