//! Commands sent as they are, with the session and the transaction they name: no driver adds or repeats anything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use bson::Document;

const OP_MSG: i32 = 2013;

/// A connection that sends one command after the other.
pub(super) struct Raw {
    stream: TcpStream,
    number: i32,
}

impl Raw {
    pub(super) fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).unwrap(), number: 0 }
    }

    /// Sends a command and reads its answer.
    pub(super) fn run(&mut self, command: &Document) -> Document {
        self.number += 1;
        let body = command.to_vec().unwrap();
        let length = i32::try_from(16 + 4 + 1 + body.len()).unwrap();
        let mut message = [length, self.number, 0, OP_MSG, 0].map(i32::to_le_bytes).concat();
        message.push(0);
        message.extend(body);
        self.stream.write_all(&message).unwrap();
        let mut head = [0; 21];
        self.stream.read_exact(&mut head).unwrap();
        let length = i32::from_le_bytes(head[..4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(length).unwrap() - head.len()];
        self.stream.read_exact(&mut body).unwrap();
        Document::from_reader(body.as_slice()).unwrap()
    }
}
