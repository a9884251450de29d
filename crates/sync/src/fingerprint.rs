//! Whether the content of a provider's event changed.
//!
//! Version marks move by themselves (Exchange post-processes items), so they are no proof of an edit. What is compared
//! is a digest of the content alone, in a form in which equal meaning gives equal bytes.

use sha2::{Digest, Sha256};

use crate::remote::RemoteEvent;

/// SHA-256 over the event's content, in hexadecimal: everything but its version mark and the time it was stamped with.
pub fn fingerprint(event: &RemoteEvent) -> String {
    let content = RemoteEvent { etag: None, last_modified: None, ..event.clone() };
    // A struct of plain values with text keys always serialises; the fallback would only make an event look changed.
    let bytes = serde_json::to_vec(&content).unwrap_or_default();
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tests::{single, timed};

    #[test]
    fn marks_do_not_count_and_content_does() {
        let event = single("1", "Fair", timed("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z"));
        let restamped = RemoteEvent {
            etag: Some("W/\"2\"".into()),
            last_modified: Some("2026-11-22T00:00:00Z".parse().unwrap()),
            ..event.clone()
        };
        assert_eq!(fingerprint(&event), fingerprint(&restamped));
        let renamed = RemoteEvent { title: "Fairs".into(), ..event.clone() };
        assert_ne!(fingerprint(&event), fingerprint(&renamed));
        assert_eq!(fingerprint(&event).len(), 64);
    }
}
