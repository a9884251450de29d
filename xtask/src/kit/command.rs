//! Commands of other programs: shown before they run, and named when they fail.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Done, Failure, root, say};

/// A command to be run in the root of the checkout.
pub(crate) struct Run {
    command: Command,
    shown: String,
}

/// The cargo that runs this task.
pub(crate) fn cargo() -> Run {
    Run::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).shown_as("cargo")
}

/// A setting of the environment, when it is there and not empty.
pub(crate) fn setting(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Where a program is on the path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let endings = if cfg!(windows) { &[".exe", ".cmd"][..] } else { &[""][..] };
    std::env::split_paths(&path)
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{name}{ending}"))))
        .find(|file| file.is_file())
}

impl Run {
    /// A program without arguments.
    pub(crate) fn new(program: impl Into<OsString>) -> Self {
        let program = program.into();
        let mut command = Command::new(&program);
        command.current_dir(root());
        Self { command, shown: program.to_string_lossy().into_owned() }
    }

    fn shown_as(mut self, name: &str) -> Self {
        name.clone_into(&mut self.shown);
        self
    }

    /// With these arguments, separated by spaces.
    pub(crate) fn words(self, words: &str) -> Self {
        words.split_whitespace().fold(self, Self::arg)
    }

    /// With this argument.
    pub(crate) fn arg(mut self, argument: impl Into<OsString>) -> Self {
        let argument = argument.into();
        self.shown += &format!(" {}", argument.to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// With this in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        let value = value.into();
        self.shown = format!("{name}={} {}", value.to_string_lossy(), self.shown);
        self.command.env(name, value);
        self
    }

    /// In this folder.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end, its output on the terminal.
    pub(crate) fn run(mut self) -> Done {
        say::line(&format!("$ {}", self.shown));
        match self.command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::new(format!("`{}` failed: {status}.", self.shown))),
            Err(error) => Err(self.did_not_start(&error)),
        }
    }

    /// Runs it to its end and gives what it wrote to its standard output.
    pub(crate) fn output(mut self) -> Result<String, Failure> {
        self.command.stderr(Stdio::inherit());
        match self.command.output() {
            Ok(output) if output.status.success() => String::from_utf8(output.stdout)
                .map_err(|_| Failure::new(format!("`{}` wrote something that is not UTF-8.", self.shown))),
            Ok(output) => Err(Failure::new(format!("`{}` failed: {}.", self.shown, output.status))),
            Err(error) => Err(self.did_not_start(&error)),
        }
    }

    /// The command itself, for those who need more.
    pub(crate) fn command(self) -> Command {
        say::line(&format!("$ {}", self.shown));
        self.command
    }

    fn did_not_start(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("`{}` could not be started: {error}. Is it installed?", self.shown))
    }
}
