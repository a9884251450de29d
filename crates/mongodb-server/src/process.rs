//! A server process in a temporary folder that never outlives the process that started it.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Failure;

/// Waits at the other end of a pipe. The pipe closes when the one who started it ends, in whatever way; then the server
/// is ended by its own pid and its folder goes. Ctrl-C reaches the whole group and must not end the one who tidies up.
const WATCHDOG: &str = r#"
trap '' INT HUP
folder=$1; shift
"$@" >>"$folder/log" 2>&1 &
server=$!
echo "$server"
while read -r word; do
  case $word in
    STOP|CONT) kill -"$word" "$server"; echo done ;;
    KILL) kill -KILL "$server"; wait "$server"; server=; echo done ;;
    START) "$@" >>"$folder/log" 2>&1 & server=$!; echo "$server" ;;
  esac
done
[ -n "$server" ] && kill -KILL "$server" && wait "$server"
rm -rf "$folder"
"#;

/// A running server, ended by its own pid when this is dropped or the process ends.
#[derive(Debug)]
pub struct Process {
    watchdog: Child,
    pipes: Mutex<Option<(ChildStdin, BufReader<ChildStdout>)>>,
    pid: AtomicU32,
    folder: PathBuf,
}

impl Process {
    /// Starts a program with its data in `folder`, which goes when the process ends. What it prints is in `folder/log`.
    pub(crate) fn start(
        folder: &Path,
        program: &Path,
        arguments: &[OsString],
        variables: &[(&str, &str)],
    ) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| {
            Failure::new(format!("{} could not be started: {error}.", program.display()))
        };
        let mut watchdog = Command::new("sh")
            .args([OsStr::new("-c"), OsStr::new(WATCHDOG), OsStr::new("mongodb-server"), folder.as_os_str()])
            .arg(program)
            .args(arguments)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (Some(input), Some(output)) = (watchdog.stdin.take(), watchdog.stdout.take()) else {
            return Err(failed(std::io::Error::other("it has no pipes")));
        };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line).map_err(failed)?;
        let pid = line.trim().parse().map_err(|_| failed(std::io::Error::other("its pid was not told")))?;
        Ok(Self {
            watchdog,
            pipes: Mutex::new(Some((input, output))),
            pid: AtomicU32::new(pid),
            folder: folder.to_owned(),
        })
    }

    /// The pid of the server.
    pub fn pid(&self) -> u32 {
        self.pid.load(Ordering::Relaxed)
    }

    /// Pauses it, as if its machine hung: its connections stay open and nothing is answered.
    pub fn pause(&self) -> Result<(), Failure> {
        self.tell("STOP").map(drop)
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<(), Failure> {
        self.tell("CONT").map(drop)
    }

    /// Kills it at once (SIGKILL); its folder stays until this is dropped.
    pub fn kill(&self) -> Result<(), Failure> {
        self.tell("KILL").map(drop)
    }

    /// Starts it again after a kill, with the data it had.
    pub fn start_again(&self) -> Result<(), Failure> {
        let pid = self.tell("START")?.parse();
        let pid = pid.map_err(|_| Failure::new("The server that was started again did not tell its pid."))?;
        self.pid.store(pid, Ordering::Relaxed);
        Ok(())
    }

    /// The last lines of what it printed.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(15)).copied().collect::<Vec<_>>().join("\n")
    }

    fn tell(&self, word: &str) -> Result<String, Failure> {
        let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = pipes.as_mut().map(|(input, output)| {
            let mut line = String::new();
            writeln!(input, "{word}")?;
            output.read_line(&mut line)?;
            std::io::Result::Ok(line.trim().to_owned())
        });
        match answer {
            Some(Ok(line)) if !line.is_empty() => Ok(line),
            _ => Err(Failure::new(format!("The server with pid {} could not be told {word}.", self.pid()))),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Closing the pipe is the word to end.
        drop(self.pipes.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.watchdog.wait();
    }
}

/// A port of the loopback that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16, Failure> {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::new(format!("No free port was found on the loopback: {error}.")))
}

/// A temporary folder that the process in it removes.
pub(crate) fn folder() -> Result<PathBuf, Failure> {
    tempfile::Builder::new()
        .prefix("callboard-mongodb-")
        .tempdir()
        .map(tempfile::TempDir::keep)
        .map_err(|error| Failure::new(format!("No temporary folder could be made for a server: {error}.")))
}
