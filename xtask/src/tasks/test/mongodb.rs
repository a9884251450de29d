//! The MongoDB server that all test programs share: started once, ended when this is dropped or the task ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use super::apt;
use crate::kit::{Failure, Run, cargo, find_program, setting, target};

/// A server held by its pipe. What finds, installs and starts it is the crate `mongodb-server`.
pub(super) struct Server {
    holder: Child,
    uri: String,
}

impl Server {
    /// Finds or starts it; it says which one it is.
    pub(super) fn start() -> Result<Self, Failure> {
        if setting("CALLBOARD_TEST_MONGODB_URI").is_none()
            && setting("CALLBOARD_MONGOD").is_none()
            && find_program("mongod").is_none()
            && !has_python()
        {
            apt::install("python3 python3-venv python3-pip")?;
        }
        cargo().words("build --locked -p mongodb-server").run()?;
        let mut holder = Run::new(target().join("debug/mongodb-server"))
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Failure::new(format!("mongodb-server could not be started: {error}.")))?;
        let mut uri = String::new();
        if let Some(output) = holder.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut uri);
        }
        let server = Self { holder, uri: uri.trim().to_owned() };
        if server.uri.is_empty() {
            return Err(Failure::new(
                "There is no MongoDB server to test against; see above for what to install.",
            ));
        }
        Ok(server)
    }

    /// Its address, for `CALLBOARD_TEST_MONGODB_URI`. May have a password: not to be shown.
    pub(super) fn uri(&self) -> &str {
        &self.uri
    }
}

/// Whether a Python is there that can make an environment of its own, for the stand-in.
fn has_python() -> bool {
    find_program("python3")
        .is_some_and(|python| Run::new(python).words("-c").arg("import venv, ensurepip").output().is_ok())
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing the pipe is the word to end.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
