//! What the project does to itself. `cargo xtask` lists the tasks; each is a file in `tasks/`.

mod kit;
mod tasks;

use std::process::ExitCode;

use kit::say;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (name, rest) = (words.next().unwrap_or_else(|| "help".to_owned()), words.collect::<Vec<_>>());
    match tasks::run(&name, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::error(&failure.message);
            ExitCode::from(if failure.is_usage { 2 } else { 1 })
        }
    }
}
