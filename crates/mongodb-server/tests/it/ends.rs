//! What was started never outlives the one who started it, however that ends.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The program that holds a server, and where the server listens.
fn holder() -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mongodb-server"))
        .env_remove("CALLBOARD_TEST_MONGODB_URI")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("mongodb://").unwrap();
    (child, address.split('/').next().unwrap().parse().unwrap())
}

fn ends(address: SocketAddr) -> bool {
    // Waits for it as a condition, for at most half a minute.
    (0..300).any(|_| {
        let is_gone = TcpStream::connect(address).is_err();
        if !is_gone {
            std::thread::sleep(Duration::from_millis(100));
        }
        is_gone
    })
}

#[test]
fn it_ends_when_its_holder_ends_and_when_its_holder_is_killed() {
    let (mut held, address) = holder();
    assert!(TcpStream::connect(address).is_ok());
    drop(held.stdin.take());
    assert!(held.wait().unwrap().success());
    assert!(ends(address), "it was left running");

    let (mut killed, address) = holder();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(ends(address), "it was left running after a kill");
}
