//! Words on the terminal; the one place that prints.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks through these")]

/// A line of output.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// The head of a section.
pub(crate) fn section(title: &str) {
    println!("\n== {title}");
}

/// Why it failed.
pub(crate) fn error(text: &str) {
    eprintln!("\nxtask: {text}");
}
