//! Sync runs: one run reads one calendar, under a lease.
//!
//! Pages are gathered, planned (in the pure crate `sync`) and applied with the cursor behind them in one commit, while the
//! next ones are fetched. A crash falls between commits: the next run goes on from the last page that was saved. Deletions
//! are collected and judged at the end of the run.
//!
//! [`start`] answers at once and works in the background; [`run_calendar`] works and answers; [`dry_run`] plans only.
//! [`everybody`] is the background sync of all mailboxes.

mod apply;
mod audit;
mod calendars;
mod candidates;
mod confirm;
mod deletions;
pub mod everybody;
mod fetched;
mod gather;
pub mod held;
mod hold;
mod list;
mod log;
mod pages;
mod reading;
mod removal;
mod request;
mod run;
mod seen;
mod state;
mod turns;

pub use calendars::refresh_calendars;
pub(crate) use run::lease_name;
pub use run::{
    PlannedAction, PlannedRun, RunHandle, RunOptions, dry_run, run_calendar, start, start_first, targets,
};
pub use state::{RunError, RunPhase, RunState, Runs};
