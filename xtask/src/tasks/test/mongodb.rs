//! The MongoDB server that tests run against: found, or installed. Each test program then starts one of its own, unless one
//! was named: what one program left on it is no load for the next.

use super::apt;
use crate::kit::{Done, Run, cargo, find_program, setting, target};

/// Makes sure that there is one: starts it, which says which one it is, and ends it.
pub(super) fn prepare() -> Done {
    if setting("CALLBOARD_TEST_MONGODB_URI").is_none()
        && setting("CALLBOARD_MONGOD").is_none()
        && find_program("mongod").is_none()
        && !has_python()
    {
        apt::install("python3 python3-venv python3-pip")?;
    }
    cargo().words("build --locked -p mongodb-server").run()?;
    // It ends with its input, which is empty; its output is the address, which may have a password.
    Run::new(target().join("debug/mongodb-server")).output().map(drop)
}

/// Whether a Python is there that can make an environment of its own, for the stand-in.
fn has_python() -> bool {
    find_program("python3")
        .is_some_and(|python| Run::new(python).words("-c").arg("import venv, ensurepip").output().is_ok())
}
