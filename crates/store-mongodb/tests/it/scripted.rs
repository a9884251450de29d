//! A server that says what a test wrote: for servers nobody has at hand, such as an old one, and for replies that a real
//! one gives once in years.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use mongodb::bson::{Document, doc};

const OP_MSG: i32 = 2013;

/// What it does when it is asked something.
pub(crate) enum Answer {
    Reply(Document),
    /// Closes the connection.
    HangUp,
    /// Never answers, and keeps the connection.
    Nothing,
}

/// Listens on a free port of the loopback until the test program ends. What it answers is made of its address.
pub(crate) fn start<A>(make: impl FnOnce(SocketAddr) -> A) -> SocketAddr
where
    A: Fn(&str, &Document) -> Answer + Send + Sync + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(make(address));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || serve(stream, &*answer));
        }
    });
    address
}

/// What the primary of a replica set of one node says of itself besides.
pub(crate) fn primary(me: SocketAddr) -> Document {
    let me = me.to_string();
    doc! { "setName": "rs0", "setVersion": 1, "hosts": [&me], "me": &me, "primary": &me }
}

/// A greeting of a server of this version of the wire protocol, and what else it says of itself.
pub(crate) fn hello(max_wire_version: i32, more: Document) -> Document {
    let mut hello = doc! {
        "ok": 1, "helloOk": true, "ismaster": true, "isWritablePrimary": true, "minWireVersion": 0,
        "maxWireVersion": max_wire_version, "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000, "logicalSessionTimeoutMinutes": 30,
    };
    hello.extend(more);
    hello
}

fn serve(mut stream: TcpStream, answer: &(dyn Fn(&str, &Document) -> Answer + Send + Sync)) -> Option<()> {
    loop {
        let mut head = [0; 16];
        stream.read_exact(&mut head).ok()?;
        let number = |at: usize| i32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(number(0)).unwrap() - 16];
        stream.read_exact(&mut body).ok()?;
        // Flags of four bytes and the kind of the section; a greeting of the old form names a collection instead, and
        // says how many to skip and to give.
        let from = if number(12) == OP_MSG { 5 } else { 4 + "admin.$cmd\0".len() + 8 };
        let command = Document::from_reader(&body[from..]).unwrap();
        let name = command.keys().next().unwrap().clone();
        let reply = match answer(&name, &command) {
            Answer::Reply(reply) => reply,
            Answer::HangUp => return None,
            Answer::Nothing => loop {
                std::thread::park();
            },
        };
        let mut reply_bytes = Vec::new();
        reply.to_writer(&mut reply_bytes).unwrap();
        let (code, preamble) = if number(12) == OP_MSG {
            (OP_MSG, vec![0; 5])
        } else {
            (1, [[0; 4], [0; 4], [0; 4], [0; 4], 1_i32.to_le_bytes()].concat())
        };
        let length = i32::try_from(16 + preamble.len() + reply_bytes.len()).unwrap();
        let head = [length, 0, number(4), code].map(i32::to_le_bytes).concat();
        stream.write_all(&[head, preamble, reply_bytes].concat()).ok()?;
    }
}
