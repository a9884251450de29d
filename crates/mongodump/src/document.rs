//! One BSON document from a stream: its length is believed only within the limit, its inside not at all.

use std::io::Read;

use bson::RawDocument;
use bson::raw::RawBsonRef;

use crate::{DumpError, Limits};

/// A length and the closing zero: the shortest document.
pub(crate) const SHORTEST: u32 = 5;

/// Reads the rest of a document whose first four bytes (its length) were read already, into `buffer`.
pub(crate) fn rest_of(
    reader: &mut impl Read,
    length: [u8; 4],
    buffer: &mut Vec<u8>,
    limits: &Limits,
    after_bytes: u64,
) -> Result<(), DumpError> {
    let damaged = |what: String| DumpError::Damaged { after_bytes, what };
    let bytes = u32::from_le_bytes(length);
    if bytes < SHORTEST || i32::try_from(bytes).is_err() {
        return Err(damaged(format!("a document says it has {} bytes", i32::from_le_bytes(length))));
    }
    if bytes > limits.document_bytes {
        return Err(damaged(format!(
            "a document says it has {bytes} bytes, more than the {} that MongoDB allows",
            limits.document_bytes
        )));
    }
    buffer.clear();
    buffer.extend_from_slice(&length);
    // Read by and by: a length that lies takes no more memory than there are bytes behind it.
    let rest = u64::from(bytes - 4);
    let read = reader
        .take(rest)
        .read_to_end(buffer)
        .map_err(|error| DumpError::reading(error, after_bytes, "inside a document"))?;
    if (read as u64) < rest {
        return Err(DumpError::Cut { after_bytes: after_bytes + read as u64, during: "inside a document" });
    }
    check(buffer, limits.depth).map_err(|what| damaged(what.to_owned()))
}

/// Whether these bytes are one BSON document through and through, no deeper than `depth`.
///
/// # Errors
/// A sentence about what is wrong.
pub fn check(bytes: &[u8], depth: usize) -> Result<(), &'static str> {
    const BROKEN: &str = "a document is not BSON";
    // Not by recursion: how deep it goes is not for the file to decide.
    let mut open = vec![RawDocument::from_bytes(bytes).map_err(|_| BROKEN)?.iter()];
    while let Some(innermost) = open.last_mut() {
        match innermost.next() {
            None => {
                open.pop();
            }
            Some(Err(_)) => return Err(BROKEN),
            Some(Ok((_, value))) => {
                let inside = match value {
                    RawBsonRef::Document(document) => Some(document),
                    RawBsonRef::Array(array) => {
                        Some(RawDocument::from_bytes(array.as_bytes()).map_err(|_| BROKEN)?)
                    }
                    RawBsonRef::JavaScriptCodeWithScope(code) => Some(code.scope),
                    _ => None,
                };
                if let Some(inside) = inside {
                    if open.len() >= depth {
                        return Err("a document lies deeper in others than MongoDB allows");
                    }
                    open.push(inside.iter());
                }
            }
        }
    }
    Ok(())
}
