//! Counting documents, and digests by which two sets of them are found equal.

use sha2::{Digest, Sha256};

/// What was counted of one collection, and in which order.
#[derive(Debug, Clone, Default)]
pub(super) struct InOrder {
    count: u64,
    digest: Sha256,
}

impl InOrder {
    /// Adds a document, as the BSON it is.
    pub(super) fn add(&mut self, bson: &[u8]) {
        self.count += 1;
        self.digest.update(bson);
    }

    /// How many.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// SHA-256 of all of them one after the other, in hexadecimal digits.
    pub(super) fn sha256(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }
}

/// What was counted of one collection in whatever order. Equal when both saw the same documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct InAnyOrder {
    count: u64,
    digest: [u8; 32],
}

impl InAnyOrder {
    /// Adds a document, as the BSON it is.
    pub(super) fn add(&mut self, bson: &[u8]) {
        self.count += 1;
        // Documents differ by their ids, so no two of them cancel each other out.
        for (sum, byte) in self.digest.iter_mut().zip(Sha256::digest(bson)) {
            *sum ^= byte;
        }
    }

    /// How many.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(documents: &[&str]) -> (String, InAnyOrder) {
        let (mut in_order, mut in_any_order) = (InOrder::default(), InAnyOrder::default());
        for document in documents {
            in_order.add(document.as_bytes());
            in_any_order.add(document.as_bytes());
        }
        (in_order.sha256(), in_any_order)
    }

    #[test]
    fn order_matters_to_one_digest_and_not_to_the_other() {
        let (there, back) = (of(&["a", "b", "c"]), of(&["c", "b", "a"]));
        assert_ne!(there.0, back.0);
        assert_eq!(there.1, back.1);
        for other in [of(&["a", "b"]), of(&["a", "b", "d"]), of(&[])] {
            assert_ne!(there.1, other.1);
        }
        // As any other tool computes it.
        assert_eq!(of(&["abc"]).0, of(&["a", "bc"]).0);
    }
}
