//! Whether the content of a provider's event changed.
//!
//! Version marks move by themselves (Exchange post-processes items), so they are no proof of an edit. What is compared
//! is a digest of the content alone, in a form in which equal meaning gives equal bytes.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::remote::RemoteEvent;

/// Members that move without an edit.
const MARKS: [&str; 2] = ["etag", "last_modified"];

/// SHA-256 over the event's content, in hexadecimal: everything but its version mark and the time it was stamped with.
/// Members of objects are taken in the order of their names, so that a provider may list them as it likes.
pub fn fingerprint(event: &RemoteEvent) -> String {
    // A struct of plain values with text keys always serialises; the fallback would only make an event look changed.
    of_agreed(&serde_json::to_value(event).unwrap_or_default())
}

/// The same of an event that was serialised already, as a link keeps it.
pub(crate) fn of_agreed(event: &Value) -> String {
    let mut digest = Sha256::new();
    match event {
        Value::Object(members) => feed_members(&mut digest, members, |name| MARKS.contains(&name)),
        other => feed(&mut digest, other),
    }
    let mut text = String::with_capacity(64);
    digest.finalize().iter().for_each(|byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    });
    text
}

/// Feeds the members in the order of their names; those that are left out count as empty.
fn feed_members(digest: &mut Sha256, members: &Map<String, Value>, is_left_out: impl Fn(&str) -> bool) {
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    digest.update(b"{");
    for (name, value) in members {
        feed_plain(digest, name);
        feed(digest, if is_left_out(name) { &Value::Null } else { value });
    }
    digest.update(b"}");
}

fn feed(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => feed_members(digest, members, |_| false),
        Value::Array(items) => {
            digest.update(b"[");
            for item in items {
                feed(digest, item);
                digest.update(b",");
            }
            digest.update(b"]");
        }
        plain => feed_plain(digest, plain),
    }
}

/// A text, number, flag or nothing, as JSON.
fn feed_plain(digest: &mut Sha256, plain: &(impl Serialize + ?Sized)) {
    // A digest takes whatever is written into it.
    let _ = serde_json::to_writer(Feeding(digest), plain);
}

/// A digest that is written into, without a text in between.
struct Feeding<'a>(&'a mut Sha256);

impl io::Write for Feeding<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
        // Links keep it: were it another one day, everything would look changed.
        assert_eq!(fingerprint(&event), "8fe6cdc612c68e4cb6cfe8bd2b574659f586a5263aebebd2dbbfdc32ece31890");
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
