//! Digests under which secrets are looked up: whoever reads the store cannot use what stands there.

use sha2::{Digest, Sha256};

/// SHA-256 of a secret, as 64 hexadecimal digits. The secrets are random and long, so that no salt is needed.
pub fn of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// SHA-256 of several parts, each with its length in front, so that parts cannot flow into each other.
pub fn of_parts(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hex::encode(hasher.finalize())
}
