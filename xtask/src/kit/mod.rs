//! What the tasks share: arguments, commands, the web app's tools, sections with times, words on the terminal.

mod args;
mod command;
mod files;
pub(crate) mod node;
pub(crate) mod say;
mod sections;

pub(crate) use args::Args;
pub(crate) use command::{Run, cargo, find_program, setting};
pub(crate) use files::{read, root, target, visit, write};
pub(crate) use sections::Sections;

/// Why a task could not be done.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was attempted, why it failed, what to do.
    pub(crate) message: String,
    /// Whether the task was called wrongly (exit 2 instead of 1).
    pub(crate) is_usage: bool,
}

impl Failure {
    /// Something went wrong.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: false }
    }

    /// The task was called wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_usage: true }
    }
}

/// How a task ends.
pub(crate) type Done = Result<(), Failure>;
