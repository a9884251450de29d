//! A running `callboard demo` for the browser tests, stopped by its own pid when it is dropped.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::kit::{Failure, Run, target};

/// A demo with data of its own.
pub(super) struct Demo {
    child: Child,
    folder: PathBuf,
    port: u16,
    graph_port: u16,
}

/// How often and how long the start is waited for: four times a second, a minute.
const LOOKS: u32 = 240;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

impl Demo {
    /// Starts the demo on a free port and waits until it answers.
    pub(super) fn start() -> Result<Self, Failure> {
        let [port, graph_port] =
            free_ports().map_err(|e| Failure::new(format!("No free ports were found: {e}.")))?;
        let folder = target().join(format!("xtask/browser-{port}"));
        let log = folder.join("demo.log");
        let file = std::fs::create_dir_all(&folder)
            .and_then(|()| File::create(&log))
            .and_then(|file| Ok((file.try_clone()?, file)));
        let (out, err) =
            file.map_err(|e| Failure::new(format!("{} could not be made: {e}.", log.display())))?;
        let child = Run::new(target().join("debug/callboard"))
            .arg("demo")
            .arg("--port")
            .arg(port.to_string())
            .arg("--graph-port")
            .arg(graph_port.to_string())
            .arg("--data")
            .arg(folder.join("data"))
            .command()
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(|error| Failure::new(format!("callboard demo could not be started: {error}.")))?;
        let mut demo = Self { child, folder, port, graph_port };
        demo.wait_until_ready()?;
        Ok(demo)
    }

    /// Where to open it.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its simulated Outlook is.
    pub(super) fn graph_address(&self) -> String {
        format!("http://127.0.0.1:{}", self.graph_port)
    }

    /// What it printed so far.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("demo.log")).unwrap_or_default()
    }

    fn wait_until_ready(&mut self) -> Result<(), Failure> {
        for _ in 0..LOOKS {
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = self.log();
                return Err(Failure::new(format!(
                    "callboard demo ended at once ({status}). It said:\n{log}"
                )));
            }
            if is_ready(self.port) {
                return Ok(());
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Err(Failure::new(format!("callboard demo did not answer within a minute. It said:\n{}", self.log())))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Two ports nobody listens on; both are held until both are known.
fn free_ports() -> std::io::Result<[u16; 2]> {
    let (one, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
    Ok([one.local_addr()?.port(), other.local_addr()?.port()])
}

/// Whether `/readyz` answers 200.
fn is_ready(port: u16) -> bool {
    let mut answer = String::new();
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_string(&mut answer)
    });
    asked.is_ok() && answer.starts_with("HTTP/1.1 200")
}
