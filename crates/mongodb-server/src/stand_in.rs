//! The stand-in: a server that speaks like MongoDB, from the package index of Python, for machines without a `mongod`.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;
use crate::choose::on_path;
use crate::process::{Process, folder, free_port};
use crate::replica_set::wait_for_primary;

/// What is installed, pinned.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

const PYTHON: &str = "bin/python";
const SCRIPT: &str = "bin/secantusd-py";

/// It writes no journal and no checkpoint, so that no test waits for the disk of a busy machine.
const FORGETFUL: &[(&str, &str)] =
    &[("SECANTUS_TEST_FAST_STORAGE", "1"), ("SECANTUS_CHECKPOINT_SECONDS", "0")];

/// More entries than tests make. Beyond so many it takes the oldest away within somebody's transaction, which then
/// collides with everybody else's that does the same.
const LONGEST_OPLOG: &str = "100000000";

/// Starts it on a free port in a temporary folder; the process and its address. It forgets what it acknowledged when it
/// is killed, unless it `is_durable`: then it waits for the disk, as MongoDB does, and is slower.
pub(crate) fn start(is_durable: bool) -> Result<(Process, String), Failure> {
    let (environment, folder, port) = (install()?, folder()?, free_port()?);
    let data = folder.join("data");
    let mut arguments: Vec<OsString> = vec![
        // Not by itself: it names its interpreter by the path of the day it was installed, and the folder may have moved.
        environment.join(SCRIPT).into(),
        "--host".into(),
        "127.0.0.1".into(),
        "--port".into(),
        port.to_string().into(),
        "--storage-path".into(),
        data.into(),
        "--enable-test-commands".into(),
        "--oplog-max-entries".into(),
        LONGEST_OPLOG.into(),
    ];
    arguments.extend(is_durable.then(|| "--sync-on-commit".into()));
    let variables = if is_durable { &[] } else { FORGETFUL };
    let process = Process::start(&folder, &environment.join(PYTHON), &arguments, variables)?;
    let address = format!("127.0.0.1:{port}");
    wait_for_primary(&address, &process)?;
    Ok((process, format!("mongodb://{address}/")))
}

/// The environment it is installed in. The first to come installs it; the others wait for that.
pub(crate) fn install() -> Result<PathBuf, Failure> {
    let version = REQUIREMENTS.trim().replace("==", "-");
    let place = target()?.join("mongodb-server");
    let environment = place.join(&version);
    let finished = place.join(format!("{version}.installed"));
    let failed =
        |error: std::io::Error| Failure::new(format!("{} could not be prepared: {error}.", place.display()));
    std::fs::create_dir_all(&place).map_err(failed)?;
    let lock = File::create(place.join("lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    if finished.is_file() && environment.join(SCRIPT).is_file() {
        return Ok(environment);
    }
    let python = on_path("python3").ok_or_else(|| none("there is no python3 on the path"))?;
    let requirements = place.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS).map_err(failed)?;
    let words = [OsString::from("-m"), "venv".into(), "--clear".into(), environment.clone().into()];
    run(&python, &words)?;
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    let mut words: Vec<OsString> = quiet.map(OsString::from).into();
    words.push(requirements.into());
    run(&environment.join(PYTHON), &words)?;
    std::fs::write(&finished, "").map_err(failed)?;
    Ok(environment)
}

fn run(program: &Path, arguments: &[OsString]) -> Result<(), Failure> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let words = String::from_utf8_lossy(&output.stderr);
            let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
            Err(none(&format!("`{} {}` failed: {last}", program.display(), shown(arguments))))
        }
        Err(error) => Err(none(&format!("{} could not be started: {error}", program.display()))),
    }
}

fn shown(arguments: &[OsString]) -> String {
    arguments.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn none(reason: &str) -> Failure {
    Failure::new(format!(
        "There is no MongoDB server to test against: none was named, no mongod was found, and the stand-in could not be \
         installed ({reason}). Install MongoDB 4.4 or later (`mongod` on the path, or its path in CALLBOARD_MONGOD), or \
         name a running replica set in CALLBOARD_TEST_MONGODB_URI, or install Python 3.10 or newer with venv and pip \
         and run this again."
    ))
}

/// The folder cargo builds into: this program lies in it.
fn target() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("This program does not know where it is: {error}.")))?;
    let marked = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file());
    marked.map(Path::to_path_buf).ok_or_else(|| {
        Failure::new(format!("{} does not lie in a folder that cargo builds into.", program.display()))
    })
}
