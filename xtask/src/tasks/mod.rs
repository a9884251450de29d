//! The tasks, as a table.

mod bench;
mod build;
mod check;
mod codegen;
mod contract;
mod demo;
mod simulate;
mod test;
mod tidy;
mod web;

use crate::kit::{Args, Done, Failure, say};

/// A task: its name, its arguments, what it does, and the doing.
struct Task {
    name: &'static str,
    arguments: &'static str,
    summary: &'static str,
    run: fn(Args) -> Done,
}

const TASKS: &[Task] = &[
    Task {
        name: "demo",
        arguments: "[--port N] [...]",
        summary: "build all and run Callboard with a simulated Outlook and seeded data",
        run: demo::run,
    },
    Task {
        name: "test",
        arguments: "[--only web|rust|browser]",
        summary: "install what tests need and run every test",
        run: test::run,
    },
    Task {
        name: "check",
        arguments: "",
        summary: "the fast set before a push: format, lints, tidy, generated files, documentation",
        run: check::run,
    },
    Task {
        name: "build",
        arguments: "",
        summary: "the release binary with the web app inside",
        run: build::run,
    },
    Task {
        name: "web",
        arguments: "",
        summary: "the web app into web/dist, where every build of the binary finds it",
        run: web::run,
    },
    Task {
        name: "codegen",
        arguments: "[--check]",
        summary: "write the generated files, or say which are out of date",
        run: codegen::run,
    },
    Task {
        name: "tidy",
        arguments: "",
        summary: "the rules of the house that no compiler knows",
        run: tidy::run,
    },
    Task {
        name: "bench",
        arguments: "[CRATE...|web]",
        summary: "run the benchmarks and write docs/performance.md",
        run: bench::run,
    },
    Task {
        name: "simulate",
        arguments: "[--seeds N] [--from S] [--seed S]",
        summary: "run the simulation of sync with many seeds, or one seed again",
        run: simulate::run,
    },
];

/// Runs the task of this name.
pub(crate) fn run(name: &str, rest: Vec<String>) -> Done {
    if matches!(name, "help" | "--help" | "-h") {
        say::line(&help());
        return Ok(());
    }
    match TASKS.iter().find(|task| task.name == name) {
        Some(task) => (task.run)(Args::new(task.name, task.arguments, rest)),
        None => Err(Failure::usage(format!("There is no task {name}.\n\n{}", help()))),
    }
}

fn help() -> String {
    let mut text = String::from("cargo xtask TASK\n");
    for task in TASKS {
        let call = format!("{} {}", task.name, task.arguments);
        text += &format!("\n  {:41} {}", call.trim_end(), task.summary);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn help_names_every_task() {
        let help = super::help();
        for task in super::TASKS {
            assert!(help.contains(task.name) && help.contains(task.summary), "{}", task.name);
        }
    }

    #[test]
    fn an_unknown_task_is_wrong_usage() {
        assert!(super::run("tidyy", Vec::new()).unwrap_err().is_usage);
    }
}
