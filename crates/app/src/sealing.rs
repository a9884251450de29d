//! Sealing of secrets before they are stored: XChaCha20-Poly1305 with the key's id in front.
//!
//! What is sealed is bound to its owner and field, so that a sealed value moved elsewhere does not open. Nonces are
//! 24 random bytes, which may be drawn at random for any practical number of values.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use model::{Entropy, Id};
use secrecy::{ExposeSecret, SecretString};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Why keys or a sealed value were refused. Never holds key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There is no key at all.
    #[error(
        "no sealing key is set. Make one with `callboard keys generate` and set CALLBOARD_KEYS or CALLBOARD_KEYS_FILE"
    )]
    NoKey,
    /// A key is not `id:base64 of 32 random bytes`.
    #[error(
        "sealing key {position} is not usable: {reason}. A key is `id:` and base64 of 32 random bytes; make one with `callboard keys generate`"
    )]
    BadKey {
        /// Which one, counted from 1.
        position: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// The value was sealed with a key that is not here.
    #[error("a secret was sealed with key `{key_id}`, which is not among the configured keys; add it again")]
    UnknownKey {
        /// The missing key's id.
        key_id: String,
    },
    /// The value was changed, moved to another owner or field, or is no sealed value.
    #[error("a sealed secret does not open: it was changed or belongs to another record")]
    DoesNotOpen,
}

/// Seals and opens secrets. The first key seals, all of them open.
#[derive(Clone)]
pub struct Sealer {
    keys: Vec<(String, XChaCha20Poly1305)>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

impl Sealer {
    /// Reads keys as configured: `id:base64`, newest first, separated by commas, blanks or line ends.
    pub fn from_keys(text: &SecretString) -> Result<Self, SealError> {
        let mut keys: Vec<(String, XChaCha20Poly1305)> = Vec::new();
        let parts = text
            .expose_secret()
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|part| !part.is_empty());
        for (part, position) in parts.zip(1..) {
            let bad = |reason| SealError::BadKey { position, reason };
            let (id, material) = part.split_once(':').ok_or(bad("there is no colon"))?;
            if id.is_empty()
                || id.len() > 32
                || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            {
                return Err(bad("its id is not 1 to 32 letters, digits, - or _"));
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(bad("its id stands twice"));
            }
            let bytes = STANDARD.decode(material).map_err(|_| bad("it is not base64"))?;
            if bytes.len() != KEY_BYTES {
                return Err(bad("it has not 32 bytes"));
            }
            if is_guessable(&bytes) {
                return Err(bad("it is a sample or a text, not random bytes"));
            }
            keys.push((id.to_owned(), XChaCha20Poly1305::new(Key::from_slice(&bytes))));
        }
        if keys.is_empty() { Err(SealError::NoKey) } else { Ok(Self { keys }) }
    }

    /// A new key in the configured form, with this id.
    pub fn generate_key(id: &str, entropy: &dyn Entropy) -> SecretString {
        let mut bytes = [0; KEY_BYTES];
        entropy.fill(&mut bytes);
        format!("{id}:{}", STANDARD.encode(bytes)).into()
    }

    /// The id of the key that seals.
    pub fn newest_key_id(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    /// Ids of all keys, newest first.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    /// Seals a secret of this owner's field: `id.base64(nonce and ciphertext)`.
    pub fn seal(
        &self,
        secret: &SecretString,
        owner: Id,
        field: &str,
        entropy: &dyn Entropy,
    ) -> Result<String, SealError> {
        let (id, key) = self.keys.first().ok_or(SealError::NoKey)?;
        let mut nonce = [0; NONCE_BYTES];
        entropy.fill(&mut nonce);
        let bound = bound_to(id, owner, field);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: bound.as_bytes() };
        let ciphertext =
            key.encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| SealError::DoesNotOpen)?;
        let mut bytes = nonce.to_vec();
        bytes.extend(ciphertext);
        Ok(format!("{id}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this owner's field.
    pub fn open(&self, sealed: &str, owner: Id, field: &str) -> Result<SecretString, SealError> {
        let (id, rest) = sealed.split_once('.').ok_or(SealError::DoesNotOpen)?;
        let (_, key) = self
            .keys
            .iter()
            .find(|(known, _)| known == id)
            .ok_or_else(|| SealError::UnknownKey { key_id: id.chars().take(32).collect() })?;
        let bytes = URL_SAFE_NO_PAD.decode(rest).map_err(|_| SealError::DoesNotOpen)?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_BYTES).ok_or(SealError::DoesNotOpen)?;
        let bound = bound_to(id, owner, field);
        let payload = Payload { msg: ciphertext, aad: bound.as_bytes() };
        let opened = key.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| SealError::DoesNotOpen)?;
        String::from_utf8(opened).map(Into::into).map_err(|_| SealError::DoesNotOpen)
    }

    /// The id of the key a value was sealed with.
    pub fn key_id_of(sealed: &str) -> Option<&str> {
        sealed.split_once('.').map(|(id, _)| id)
    }
}

fn bound_to(key_id: &str, owner: Id, field: &str) -> String {
    format!("callboard/{key_id}/{owner}/{field}")
}

/// Keys people type or copy from a page: all bytes equal, counting up, or printable text throughout. Thirty-two random
/// bytes are all printable with a chance below one in ten to the thirteenth.
fn is_guessable(bytes: &[u8]) -> bool {
    let steps: Vec<u8> = bytes
        .windows(2)
        .map(|pair| match pair {
            [a, b] => b.wrapping_sub(*a),
            _ => 0,
        })
        .collect();
    let regular = steps.first().is_some_and(|first| steps.iter().all(|step| step == first));
    regular || bytes.iter().all(|byte| (0x20..0x7f).contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (byte, value) in buffer.iter_mut().zip(1u8..) {
                *byte = value.wrapping_mul(37) ^ 0xa5;
            }
        }
    }

    fn sealer(ids: &[&str]) -> Sealer {
        let keys: Vec<String> =
            ids.iter().map(|id| Sealer::generate_key(id, &Counting).expose_secret().to_owned()).collect();
        Sealer::from_keys(&keys.join(",").into()).unwrap()
    }

    const OWNER: Id = Id::from_bytes([7; 12]);

    #[test]
    fn opens_only_for_its_owner_and_field() {
        let sealer = sealer(&["k1"]);
        let sealed = sealer.seal(&"token".to_owned().into(), OWNER, "access_token", &Counting).unwrap();
        assert!(sealed.starts_with("k1.") && !sealed.contains("token"));
        assert_eq!(sealer.open(&sealed, OWNER, "access_token").unwrap().expose_secret(), "token");
        assert_eq!(sealer.open(&sealed, OWNER, "refresh_token").unwrap_err(), SealError::DoesNotOpen);
        assert_eq!(
            sealer.open(&sealed, Id::from_bytes([8; 12]), "access_token").unwrap_err(),
            SealError::DoesNotOpen
        );
        let mut changed = sealed.into_bytes();
        let last = changed.len() - 2;
        changed[last] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(sealer.open(&changed, OWNER, "access_token").unwrap_err(), SealError::DoesNotOpen);
    }

    #[test]
    fn an_older_key_opens_and_the_newest_seals() {
        let old = sealer(&["k1"]).seal(&"t".to_owned().into(), OWNER, "f", &Counting).unwrap();
        let both = sealer(&["k2", "k1"]);
        assert_eq!(both.open(&old, OWNER, "f").unwrap().expose_secret(), "t");
        assert!(both.seal(&"t".to_owned().into(), OWNER, "f", &Counting).unwrap().starts_with("k2."));
        let missing = sealer(&["k2"]).open(&old, OWNER, "f").unwrap_err();
        assert_eq!(missing, SealError::UnknownKey { key_id: "k1".into() });
    }

    #[test]
    fn weak_keys_are_refused() {
        let cases = [
            ("", "no sealing key"),
            ("k1", "no colon"),
            ("k1:%%%", "not base64"),
            ("k1:AAAA", "not 32 bytes"),
            ("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "a sample"),
            ("k1:Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtMTI=", "a sample"),
            ("k 1:AAAA", "no colon"),
        ];
        for (keys, expected) in cases {
            let message = Sealer::from_keys(&keys.to_owned().into()).unwrap_err().to_string();
            assert!(message.contains(expected), "{keys}: {message}");
        }
    }
}
