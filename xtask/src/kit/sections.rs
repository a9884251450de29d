//! A long task in sections: each is timed, one that fails does not stop the others, a table ends it.

use std::time::Instant;

use super::{Done, Failure, say};

/// The sections run so far.
#[derive(Default)]
pub(crate) struct Sections {
    rows: Vec<Row>,
}

struct Row {
    title: &'static str,
    seconds: f64,
    outcome: Outcome,
}

enum Outcome {
    Done,
    Failed(String),
    Skipped(String),
}

impl Sections {
    /// Runs a section; whether it went well.
    pub(crate) fn run(&mut self, title: &'static str, section: impl FnOnce() -> Done) -> bool {
        say::section(title);
        let start = now();
        let outcome = section().map_or_else(|failure| Outcome::Failed(failure.message), |()| Outcome::Done);
        let is_done = matches!(outcome, Outcome::Done);
        if let Outcome::Failed(reason) = &outcome {
            say::line(&format!("FAILED: {reason}"));
        }
        self.rows.push(Row { title, seconds: start.elapsed().as_secs_f64(), outcome });
        is_done
    }

    /// Notes that a section was not run, and why.
    pub(crate) fn skip(&mut self, title: &'static str, reason: impl Into<String>) {
        let reason = reason.into();
        say::section(title);
        say::line(&reason);
        self.rows.push(Row { title, seconds: 0.0, outcome: Outcome::Skipped(reason) });
    }

    /// Prints the table; fails when a section did.
    pub(crate) fn end(self) -> Done {
        say::section("summary");
        for Row { title, seconds, outcome } in &self.rows {
            let (word, why) = match outcome {
                Outcome::Done => ("ok", ""),
                Outcome::Failed(reason) => ("FAILED", reason.as_str()),
                Outcome::Skipped(reason) => ("skipped", reason.as_str()),
            };
            let why = why.lines().next().unwrap_or_default();
            say::line(format!("{title:32} {seconds:7.1} s  {word:8} {why}").trim_end());
        }
        match self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed(_))).count() {
            0 => Ok(()),
            1 => Err(Failure::new("One section failed; see above.")),
            count => Err(Failure::new(format!("{count} sections failed; see above."))),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a task takes is measured, not simulated")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_is_enough_and_skipping_is_none() {
        let mut sections = Sections::default();
        assert!(sections.run("good", || Ok(())));
        sections.skip("absent", "not installed");
        assert!(sections.end().is_ok());

        let mut sections = Sections::default();
        assert!(!sections.run("bad", || Err(Failure::new("no"))));
        assert!(sections.run("good", || Ok(())));
        assert!(sections.end().is_err());
    }
}
