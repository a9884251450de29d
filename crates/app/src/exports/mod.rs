//! Exports for administrators: events and people as files.
//!
//! An export is a record of `admin_exports` and a file. The server's are kept in the exports folder: asked for
//! ([`create()`]), written by a worker ([`run_pending`]), fetched ([`open`]), removed when their time is over
//! ([`tidy()`]). The command line's go where it says ([`to_path`]). Whoever writes one holds its lease, so that no two
//! processes do; what a dead process left pending is written anew from the start or ended with the reason.

mod cancel;
mod create;
mod digested;
mod download;
mod elsewhere;
mod folder;
mod look;
mod plan;
mod run;
mod running;
mod series;
mod spec;
mod tidy;
mod worker;
mod write;

pub use ::exports::Format;
pub use cancel::cancel;
pub use create::create;
pub(crate) use create::notice;
pub use download::{Download, open};
pub use elsewhere::{Exported, to_path};
pub use look::{get, list};
pub use plan::{PlannedExport, plan};
pub(crate) use running::Running;
pub use spec::ExportSpec;
pub use tidy::tidy;
pub use worker::{run_pending, wait_for_work};
