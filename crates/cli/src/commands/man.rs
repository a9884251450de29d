//! `callboard man`: the manual pages, made from what `--help` says.

use std::path::Path;

use clap::CommandFactory;
use serde_json::json;

use crate::args::Cli;
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(out: &Path, as_json: bool) -> Result<(), Failure> {
    let command = Cli::command().disable_help_subcommand(true);
    std::fs::create_dir_all(out).and_then(|()| clap_mangen::generate_to(command, out)).map_err(|error| {
        Failure::failed(format!(
            "the manual pages cannot be written to {}: {error}. Choose a folder that you may write to",
            out.display()
        ))
    })?;
    let sentence = format!("The manual pages are in {}; `man callboard` reads the first.", out.display());
    output::said(as_json, &json!({"folder": out}), sentence)
}
