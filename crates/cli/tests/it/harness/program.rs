//! Programs that run: to their end, or until they are killed. Each is ended by its own process id.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What every panic says, on whatever thread.
const PANIC: &str = "panicked at";

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    pub(crate) async fn of(mut command: Command) -> Self {
        let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output().unwrap());
        let output = output.await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let outcome =
            Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
        // However a run ends, it is not by something that nobody thought of.
        assert!(!outcome.err.contains(PANIC), "{outcome:#?}");
        outcome
    }

    /// It went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// It failed with this code and said each of these, in one sentence on standard error and nothing else.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, said: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for words in said {
            assert!(self.err.contains(words), "`{words}` is missing: {self:#?}");
        }
        assert!(self.err.starts_with("callboard: ") || self.err.starts_with("error: "), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// A running program. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    said: Arc<Mutex<String>>,
    readers: Vec<std::thread::JoinHandle<()>>,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let out: Box<dyn Read + Send> = Box::new(child.stdout.take().unwrap());
        let err: Box<dyn Read + Send> = Box::new(child.stderr.take().unwrap());
        let readers = [out, err].map(|pipe| {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let mut said = said.lock().unwrap();
                    said.push_str(&line);
                    said.push('\n');
                }
            })
        });
        Self { child, said, readers: readers.into() }
    }

    /// Everything it wrote so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Its number in the system.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its exit code, when it has ended.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, waits, and answers its exit code.
    pub(crate) async fn stop(mut self) -> (i32, String) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let ended = tokio::task::spawn_blocking(move || {
            let status = self.child.wait().unwrap();
            self.readers.drain(..).for_each(|reader| reader.join().unwrap());
            let said = self.said();
            assert!(!said.contains(PANIC), "{said}");
            (status.code().unwrap_or(-1), said)
        });
        ended.await.unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A running server.
pub(crate) struct Server {
    pub(crate) program: Program,
    pub(crate) url: String,
}

impl Server {
    pub(crate) async fn start(command: Command) -> Self {
        Self::start_saying(command, "Callboard is at ").await
    }

    /// The demo, which says in other words where it is.
    pub(crate) async fn start_demo(command: Command) -> Self {
        Self::start_saying(command, "  Callboard      ").await
    }

    async fn start_saying(command: Command, words: &str) -> Self {
        let program = Mutex::new(Program::start(command));
        let url = super::until("the server says where it is and answers", async || {
            let (said, ended) = {
                let mut program = program.lock().unwrap();
                (program.said(), program.ended())
            };
            assert!(ended.is_none(), "the server ended: {said}");
            let url = said.lines().find_map(|line| line.strip_prefix(words))?.to_owned();
            let answer = reqwest::get(format!("{url}/readyz")).await.ok()?;
            answer.status().is_success().then_some(url)
        })
        .await;
        Self { program: program.into_inner().unwrap(), url }
    }

    pub(crate) fn kill(&mut self) {
        self.program.kill();
    }

    /// Ends it in order and answers all it said.
    pub(crate) async fn stop(self) -> String {
        let (code, said) = self.program.stop().await;
        assert_eq!(code, 0, "{said}");
        said
    }
}
