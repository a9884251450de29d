//! The use cases: what Callboard does, whoever asks.
//!
//! Rules live here: who may see what, what a change means, in which order things happen. Edges (`api`, `cli`) extract,
//! call and answer; engines and providers stand behind their ports. Time, ids and randomness come from [`App`].

pub mod accounts;
pub mod archive;
pub mod backup;
pub mod caller;
pub mod cascades;
pub mod changes_listener;
pub mod connections;
pub mod context;
pub mod doctor;
pub mod error;
pub mod exports;
pub mod failure;
pub mod health;
pub mod hub;
pub mod keys;
pub mod lease;
mod measured;
pub mod migrations;
pub mod name_lists;
pub mod paging;
mod partial_file;
pub mod presence;
pub mod private_folder;
pub mod records;
pub mod sealing;
pub mod sync_run;

pub use caller::{Caller, Source, Via};
pub use context::{App, Parts, Settings, Timer};
pub use error::AppError;
pub use hub::{Hub, Notice};
