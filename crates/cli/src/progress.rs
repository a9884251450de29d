//! How far long work is: a bar on a terminal, plain lines elsewhere (a log, a script, a timer of the system). Both go to
//! standard error, so that standard output has the answer only.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::{SignedDuration, Timestamp};
use model::Clock;

use crate::ambient::SystemClock;

/// Work that is over sooner says nothing: its answer is soon there.
const FIRST_LINE: SignedDuration = SignedDuration::from_secs(2);
/// Time between two lines.
const BETWEEN_LINES: SignedDuration = SignedDuration::from_secs(5);

/// What somebody sees of work under way.
pub(crate) struct Progress {
    bar: ProgressBar,
    lines: Option<Mutex<Lines>>,
}

impl Progress {
    /// Of work whose end is not known beforehand. `unit` is what is counted, in the plural.
    pub(crate) fn counting(doing: &str, unit: &'static str) -> Self {
        Self::new(doing, unit, &format!("{{spinner}} {{msg}}: {{pos}} {unit}, {{per_sec}}"))
    }

    /// Of work that tells how much there is to do.
    pub(crate) fn of_a_total(doing: &str, unit: &'static str) -> Self {
        Self::new(doing, unit, &format!("{{msg}} {{bar:40}} {{pos}}/{{len}} {unit}, {{eta}} left"))
    }

    /// For work that nobody waits for.
    pub(crate) fn silent() -> Self {
        Self { bar: ProgressBar::hidden(), lines: None }
    }

    fn new(doing: &str, unit: &'static str, template: &str) -> Self {
        let is_watched = std::io::stderr().is_terminal();
        let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(doing.to_owned());
        let lines = (!is_watched).then(|| Mutex::new(Lines::begin(SystemClock.now(), doing, unit)));
        Self { bar, lines }
    }

    /// Another part of the work begins.
    pub(crate) fn doing(&self, doing: &str) {
        self.bar.set_message(doing.to_owned());
        if let Some(lines) = &self.lines {
            let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.doing != doing {
                lines.doing = doing.to_owned();
            }
        }
    }

    /// So much is done.
    pub(crate) fn show(&self, done: u64) {
        self.bar.set_position(done);
        self.line(done, None);
    }

    /// So much of so much is done.
    pub(crate) fn show_of(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.line(done, Some(total));
    }

    fn line(&self, done: u64, total: Option<u64>) {
        let Some(lines) = &self.lines else { return };
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.next(SystemClock.now(), done, total) {
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    /// The work is over; what the bar took of the terminal is given back.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Decides which steps are told in a line.
struct Lines {
    doing: String,
    unit: &'static str,
    due: Timestamp,
}

impl Lines {
    fn begin(now: Timestamp, doing: &str, unit: &'static str) -> Self {
        Self { doing: doing.to_owned(), unit, due: now + FIRST_LINE }
    }

    fn next(&mut self, now: Timestamp, done: u64, total: Option<u64>) -> Option<String> {
        if now < self.due {
            return None;
        }
        self.due = now + BETWEEN_LINES;
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        Some(format!("{}: {done}{of} {}", self.doing, self.unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_work_says_nothing_and_long_work_a_line_now_and_then() {
        let begin: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let at = |seconds| begin + SignedDuration::from_secs(seconds);
        let mut lines = Lines::begin(begin, "backup", "documents");
        let steps = [(0, None), (1, None), (2, Some("backup: 20 documents")), (3, None), (6, None)];
        for (seconds, line) in steps.into_iter().chain([(7, Some("backup: 70 documents")), (8, None)]) {
            let done = u64::try_from(seconds).unwrap() * 10;
            assert_eq!(lines.next(at(seconds), done, None).as_deref(), line, "after {seconds} s");
        }
        assert_eq!(lines.next(at(20), 5, Some(9)).as_deref(), Some("backup: 5 of 9 documents"));
    }
}
