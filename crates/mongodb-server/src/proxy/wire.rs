//! As much of MongoDB's wire protocol as it takes to know which message is which.
//!
//! A message begins with four little-endian numbers of 32 bits: its length, its id, the id it answers, and how it is
//! laid out (`OP_MSG` 2013, the older `OP_QUERY` 2004 of a first greeting). In `OP_MSG` follow flags and sections; the
//! section of kind 0 is the command, a document whose first name is the command's.

use tokio::io::{AsyncRead, AsyncReadExt};

const HEAD_BYTES: usize = 16;
const OP_MSG: i32 = 2013;
const OP_QUERY: i32 = 2004;

/// The longest message a server takes.
const MOST_BYTES: i32 = 48_000_000;

/// A whole message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) bytes: Vec<u8>,
}

impl Message {
    /// Reads the next one; `None` when the other side has gone or does not speak this protocol.
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = vec![0; HEAD_BYTES];
        from.read_exact(&mut bytes).await.ok()?;
        let length = number(&bytes, 0).filter(|length| *length <= MOST_BYTES)?;
        let length = usize::try_from(length).ok().filter(|length| *length >= HEAD_BYTES)?;
        bytes.resize(length, 0);
        from.read_exact(bytes.get_mut(HEAD_BYTES..)?).await.ok()?;
        Some(Self { bytes })
    }

    /// Its id.
    pub(super) fn id(&self) -> Option<i32> {
        number(&self.bytes, 4)
    }

    /// The id of the message it answers.
    pub(super) fn answers(&self) -> Option<i32> {
        number(&self.bytes, 8)
    }

    /// The name of its command; empty when it has none.
    pub(super) fn command(&self) -> &str {
        match number(&self.bytes, 12) {
            Some(OP_QUERY) => "hello",
            Some(OP_MSG) => self.first_name().unwrap_or_default(),
            _ => "",
        }
    }

    fn first_name(&self) -> Option<&str> {
        let mut at = HEAD_BYTES + 4;
        loop {
            let kind = *self.bytes.get(at)?;
            let length = usize::try_from(number(&self.bytes, at + 1)?).ok()?;
            if kind == 0 {
                // Kind of the section, length of the document, kind of the first value: then its name.
                let name = self.bytes.get(at + 6..)?;
                let end = name.iter().position(|byte| *byte == 0)?;
                return std::str::from_utf8(name.get(..end)?).ok();
            }
            at += 1 + length;
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<i32> {
    let four = bytes.get(at..at + 4)?;
    Some(i32::from_le_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::{Document, doc};

    use super::*;

    fn message(opcode: i32, sections: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut rest = vec![0; 4];
        for (kind, content) in sections {
            rest.push(*kind);
            rest.extend(content);
        }
        let length = i32::try_from(rest.len() + HEAD_BYTES).unwrap();
        let head = [length, 7, 9, opcode].map(i32::to_le_bytes).concat();
        [head, rest].concat()
    }

    fn bytes(document: &Document) -> Vec<u8> {
        document.to_vec().unwrap()
    }

    #[tokio::test]
    async fn commands_are_known_by_their_first_name() {
        let commit = bytes(&doc! {"commitTransaction": 1, "$db": "admin"});
        let sequence = [&11_i32.to_le_bytes()[..], &[1, 2, 3, 4, 5, 6, 0][..]].concat();
        for (sent, expected) in [
            (message(OP_MSG, &[(0, commit.clone())]), "commitTransaction"),
            (message(OP_MSG, &[(1, sequence), (0, commit.clone())]), "commitTransaction"),
            (message(OP_QUERY, &[(0, commit)]), "hello"),
            (message(OP_MSG, &[]), ""),
            (message(2012, &[]), ""),
        ] {
            let read = Message::read(&mut sent.as_slice()).await.unwrap();
            assert_eq!((read.command(), read.id(), read.answers()), (expected, Some(7), Some(9)));
            assert_eq!(read.bytes, sent);
        }
    }

    #[tokio::test]
    async fn what_is_cut_or_foreign_is_no_message() {
        let whole = message(OP_MSG, &[(0, bytes(&doc! {"ping": 1}))]);
        for length in 0..whole.len() {
            assert!(Message::read(&mut whole.get(..length).unwrap()).await.is_none(), "{length} bytes");
        }
        assert!(Message::read(&mut &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..]).await.is_none());
        assert!(Message::read(&mut &[0_u8; 64][..]).await.is_none());
    }
}
