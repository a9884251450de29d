//! The `callboard` binary: reads the command line and the configuration, wires the parts, says what happened.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.

mod ambient;
mod args;
mod backups;
mod commands;
mod connections;
mod demo_folder;
mod failure;
mod here;
mod out_file;
mod output;
mod progress;
mod proof;
mod running;
mod settings;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use failure::Failure;

/// Requests allocate on one thread and free on another; the C library's allocator makes threads wait for each other then.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    leave_no_core_file();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::failed(format!("the program could not start its threads: {error}")).report();
        }
    };
    let outcome = runtime.block_on(async {
        let outcome = commands::run(cli).await;
        connections::close().await;
        outcome
    });
    running::leave(outcome.is_err());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// A core file would hold keys and tokens in clear. Where the limit cannot be set, the system's own one holds.
fn leave_no_core_file() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
