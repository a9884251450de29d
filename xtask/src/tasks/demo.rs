//! `demo`: builds all and becomes `callboard demo`.

use crate::kit::{Args, Done, Run, cargo, node, root, target};

/// Builds the web app and the binary, then runs the demo; arguments are passed on to it.
pub(crate) fn run(args: Args) -> Done {
    let rest = args.rest();
    node::build_if_changed()?;
    cargo().words("build --locked -p cli").run()?;
    let mut demo = Run::new(target().join("debug/callboard")).arg("demo");
    if !rest.iter().any(|word| word == "--data" || word.starts_with("--data=")) {
        demo = demo.arg("--data").arg(root().join("target/demo"));
    }
    become_it(rest.into_iter().fold(demo, Run::arg))
}

/// Puts the demo in the place of this process, so that Ctrl-C and signals reach it alone.
#[cfg(unix)]
fn become_it(demo: Run) -> Done {
    use std::os::unix::process::CommandExt;
    let error = demo.command().exec();
    Err(crate::kit::Failure::new(format!("The demo could not be started: {error}.")))
}

#[cfg(not(unix))]
fn become_it(demo: Run) -> Done {
    demo.run()
}
