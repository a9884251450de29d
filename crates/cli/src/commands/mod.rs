//! The commands, one file each.

mod archive;
mod backup;
mod completions;
mod config;
mod demo;
mod doctor;
mod export;
mod keys;
mod logging;
mod man;
mod migrate;
mod openapi;
mod restore;
mod seed;
mod serve;
mod simulate;
mod store_move;
mod sync;
mod tokens;
mod users;

use crate::args::{Cli, Command, StoreAction};
use crate::failure::Failure;
use crate::wiring;

/// Runs the command that was typed.
pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    let global = &cli.global;
    match cli.command {
        Command::Serve(args) => serve::run(wiring::settings(global)?, args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Sync(args) => sync::run(&quiet(global)?, args, global.json).await,
        Command::Migrate { action } => migrate::run(&quiet(global)?, action, global.json).await,
        Command::Export(args) => export::run(&quiet(global)?, args, global.json).await,
        Command::Archive(args) => archive::run(&quiet(global)?, args, global.json).await,
        Command::Backup { action } => backup::run(&quiet(global)?, action, global.json).await,
        Command::Restore(args) => restore::run(&quiet(global)?, args, global.json).await,
        Command::Store { action: StoreAction::Move { to, dry_run } } => {
            store_move::run(&quiet(global)?, &to, dry_run, global.json).await
        }
        Command::Seed(args) => seed::run(&quiet(global)?, args, global.json).await,
        Command::Tokens { action } => tokens::run(&quiet(global)?, action, global.json).await,
        Command::Users { action } => users::run(&quiet(global)?, action, global.json).await,
        Command::Keys { action } => keys::run(global, action).await,
        Command::Doctor { data: true, repair, .. } => doctor::run_data(global, repair).await,
        Command::Doctor { report, .. } => doctor::run(global, report).await,
        Command::Config { action } => config::run(global, &action),
        Command::Openapi => openapi::run(),
        Command::Completions { shell } => completions::run(shell),
        Command::Man { out } => man::run(&out, global.json),
    }
}

/// What is logged by commands whose own words matter more: warnings, but not of runs, whose end they say themselves.
const QUIET: &str = "warn,app::sync_run=off";

/// The configuration for such a command.
fn quiet(global: &crate::args::Global) -> Result<crate::settings::Effective, Failure> {
    let settings = wiring::settings(global)?;
    logging::start(&settings, Some(QUIET))?;
    Ok(settings)
}
