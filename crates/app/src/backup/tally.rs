//! Counting documents, and digests by which two sets of them are found equal.

use model::Id;
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

/// The ids of one collection, so that one which is there twice is found. Each is kept, in twelve bytes (12 MB for a million):
/// a dump has documents in the order in which its server wrote them, and one that comes late may equal any before it.
#[derive(Debug, Default)]
pub(super) struct Ids {
    all: Vec<Id>,
    has_fallen: bool,
}

impl Ids {
    /// Adds the id of one more document.
    pub(super) fn add(&mut self, id: Id) {
        self.has_fallen |= self.all.last().is_some_and(|last| *last >= id);
        self.all.push(id);
    }

    /// The least that was there more than once. Where each was greater than the one before, as in backups of ours, no look
    /// is needed.
    pub(super) fn doubled(mut self) -> Option<Id> {
        if !self.has_fallen {
            return None;
        }
        self.all.sort_unstable();
        let mut pairs = self.all.iter().zip(self.all.iter().skip(1));
        pairs.find(|(one, next)| one == next).map(|(one, _)| *one)
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

    #[test]
    fn an_id_that_is_there_twice_is_found_wherever_it_is() {
        let doubled = |numbers: &[u8]| {
            let mut ids = Ids::default();
            numbers.iter().for_each(|number| ids.add(Id::from_bytes([*number; 12])));
            ids.doubled().map(|id| id.bytes()[0])
        };
        for (numbers, expected) in [
            (&[][..], None),
            (&[1, 2, 3], None),
            (&[3, 1, 2], None),
            (&[1, 1], Some(1)),
            (&[1, 2, 3, 2], Some(2)),
            (&[3, 1, 2, 5, 3], Some(3)),
            (&[9, 4, 4, 9], Some(4)),
        ] {
            assert_eq!(doubled(numbers), expected, "{numbers:?}");
        }
    }
}
