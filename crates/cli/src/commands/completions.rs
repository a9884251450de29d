//! `callboard completions`: what shells need to complete commands.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "callboard", &mut text);
    output::line(String::from_utf8_lossy(&text).trim_end());
    Ok(())
}
