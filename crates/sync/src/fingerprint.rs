//! Whether the content of a provider's event changed.
//!
//! Version marks move by themselves (Exchange post-processes items), so they are no proof of an edit. What is compared
//! is a digest of the content alone, in a form in which equal meaning gives equal bytes.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::remote::RemoteEvent;

/// SHA-256 over the event's content, in hexadecimal: everything but its version mark and the time it was stamped with.
/// Members of objects are taken in the order of their names, so that a provider may list them as it likes.
pub fn fingerprint(event: &RemoteEvent) -> String {
    let content = RemoteEvent { etag: None, last_modified: None, ..event.clone() };
    let mut digest = Sha256::new();
    // A struct of plain values with text keys always serialises; the fallback would only make an event look changed.
    feed(&mut digest, &serde_json::to_value(&content).unwrap_or_default());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            digest.update(b"{");
            for (name, value) in members {
                digest.update(Value::from(name.as_str()).to_string());
                feed(digest, value);
            }
            digest.update(b"}");
        }
        Value::Array(items) => {
            digest.update(b"[");
            for item in items {
                feed(digest, item);
                digest.update(b",");
            }
            digest.update(b"]");
        }
        plain => digest.update(plain.to_string()),
    }
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

    #[test]
    fn the_order_of_members_does_not_count() {
        let digest = |text: &str| {
            let mut digest = Sha256::new();
            feed(&mut digest, &serde_json::from_str(text).unwrap());
            digest.finalize()
        };
        assert_eq!(digest(r#"{"a":1,"b":[{"c":2,"d":3}]}"#), digest(r#"{"b":[{"d":3,"c":2}],"a":1}"#));
        assert_ne!(digest(r#"{"a":[1,2]}"#), digest(r#"{"a":[2,1]}"#));
    }
}
