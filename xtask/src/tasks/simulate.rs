//! `simulate`: the simulation of sync, with many seeds or one of them again.

use crate::kit::{Args, Done, cargo};

/// Runs the simulation in release mode. A seed that fails is printed and replays exactly with `--seed`.
pub(crate) fn run(mut args: Args) -> Done {
    let mut run = cargo().words("run --release --locked -p testkit --bin simulate --");
    for option in ["--seeds", "--seed", "--from"] {
        if let Some(number) = args.number(option)? {
            run = run.arg(option).arg(number.to_string());
        }
    }
    args.end()?;
    run.run()
}
