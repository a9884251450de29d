//! This test program run again as another process, to be killed, limited or to write at the same time.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use futures::future::join_all;
use model::collections::EVENTS;
use store::Filter;

use crate::documents::{open, pair};

const PATH: &str = "STORE_TEST_CHILD_PATH";
const FROM: &str = "STORE_TEST_CHILD_FROM";
const COUNT: &str = "STORE_TEST_CHILD_COUNT";

/// A process that commits pairs and says each number that was acknowledged.
pub(crate) struct Writing {
    pub(crate) process: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Writing {
    /// Starts it: `count` pairs from this number on. `shell`, if any, is run before in the same process.
    pub(crate) fn start(path: &Path, from: u32, count: u32, shell: Option<&str>) -> Self {
        let program = std::env::current_exe().expect("this program");
        let arguments = ["child::commits_pairs_when_asked", "--exact", "--nocapture"];
        let mut command = match shell {
            None => Command::new(&program),
            Some(shell) => {
                let mut command = Command::new("sh");
                command.arg("-c").arg(format!("{shell}; exec \"$0\" \"$@\"")).arg(&program);
                command
            }
        };
        command.args(arguments).env(PATH, path).env(FROM, from.to_string()).env(COUNT, count.to_string());
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("another process");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        Self { process, lines }
    }

    /// The next thing it says; `None` at its end.
    pub(crate) fn next(&mut self) -> Option<String> {
        self.lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("says ")?.1.to_owned()))
    }

    /// The numbers it says until its end.
    pub(crate) fn rest(&mut self) -> Vec<u32> {
        std::iter::from_fn(|| self.next()).filter_map(|said| said.parse().ok()).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "how this program tells its other self what to do")]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The other process's work; without being asked, nothing. It commits eight pairs at a time, and after a failure
/// tries once more and reads.
#[tokio::test]
async fn commits_pairs_when_asked() {
    let (Some(path), Some(from), Some(count)) = (asked(PATH), asked(FROM), asked(COUNT)) else { return };
    let (from, count): (u32, u32) = (from.parse().expect("a number"), count.parse().expect("a number"));
    let store = open(Path::new(&path)).expect("it opens");
    let numbers: Vec<u32> = (from..from + count).collect();
    for group in numbers.chunks(8) {
        let outcomes = join_all(group.iter().map(|number| store.commit(pair(*number)))).await;
        for (number, outcome) in group.iter().zip(&outcomes) {
            match outcome {
                Ok(()) => println!("says {number}"),
                Err(error) => println!("says error {error:?}"),
            }
        }
        if outcomes.iter().any(Result::is_err) {
            println!("says again {:?}", store.commit(pair(from + count)).await);
            println!("says check {:?}", store.check().await);
            println!("says read {:?}", store.count(&EVENTS, Filter::All(vec![])).await);
            return;
        }
    }
}
