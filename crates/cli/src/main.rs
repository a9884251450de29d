//! The `callboard` binary: reads the command line and the configuration, wires the parts, says what happened.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.

mod ambient;
mod args;
mod commands;
mod failure;
mod output;
mod running;
mod settings;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::failed(format!("the program could not start its threads: {error}")).report();
        }
    };
    let outcome = runtime.block_on(commands::run(cli));
    running::leave();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
