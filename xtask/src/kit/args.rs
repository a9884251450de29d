//! The arguments of a task: flags, options with a value, and the rest.

use super::{Done, Failure};

/// The words after the task's name; each is taken once.
pub(crate) struct Args {
    task: &'static str,
    usage: &'static str,
    words: Vec<String>,
}

impl Args {
    /// The arguments of this task, which takes those named in `usage`.
    pub(crate) fn new(task: &'static str, usage: &'static str, words: Vec<String>) -> Self {
        Self { task, usage, words }
    }

    /// Whether the flag is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The value of an option, as `--name value` or `--name=value`.
    pub(crate) fn option(&mut self, name: &str) -> Result<Option<String>, Failure> {
        let equals = format!("{name}=");
        let Some(at) = self.words.iter().position(|word| word == name || word.starts_with(&equals)) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        if let Some(value) = word.strip_prefix(&equals) {
            return Ok(Some(value.to_owned()));
        }
        if at < self.words.len() {
            return Ok(Some(self.words.remove(at)));
        }
        Err(self.wrong(&format!("{name} needs a value.")))
    }

    /// The value of an option that is a whole number.
    pub(crate) fn number(&mut self, name: &str) -> Result<Option<u64>, Failure> {
        match self.option(name)? {
            None => Ok(None),
            Some(value) => match value.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(self.wrong(&format!("{name} takes a whole number, not {value}."))),
            },
        }
    }

    /// All that was not taken.
    pub(crate) fn rest(self) -> Vec<String> {
        self.words
    }

    /// Refuses what was not taken.
    pub(crate) fn end(self) -> Done {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(self.wrong(&format!("{word} is not understood."))),
        }
    }

    /// The failure of a call that is wrong for this reason.
    pub(crate) fn wrong(&self, reason: &str) -> Failure {
        let usage = format!("cargo xtask {} {}", self.task, self.usage);
        Failure::usage(format!("{reason} Usage: {}", usage.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::Args;

    fn args(line: &str) -> Args {
        Args::new("task", "[--seed S]", line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn options_are_taken_in_both_forms() {
        for line in ["--seed 7 rest", "--seed=7 rest", "rest --seed 7"] {
            let mut args = args(line);
            assert_eq!(args.number("--seed").unwrap(), Some(7), "{line}");
            assert_eq!(args.rest(), ["rest"], "{line}");
        }
    }

    #[test]
    fn wrong_calls_say_the_right_one() {
        for (line, reason) in
            [("--seed", "needs a value"), ("--seed x", "a whole number"), ("--sed 7", "not understood")]
        {
            let mut args = args(line);
            let failure = args.number("--seed").and_then(|_| args.end()).unwrap_err();
            assert!(failure.is_usage, "{line}");
            assert!(failure.message.contains(reason), "{line}: {}", failure.message);
            assert!(failure.message.ends_with("Usage: cargo xtask task [--seed S]"), "{}", failure.message);
        }
    }

    #[test]
    fn flags_are_taken() {
        let mut args = args("--check");
        assert!(args.flag("--check"));
        assert!(!args.flag("--check"));
        assert!(args.end().is_ok());
    }
}
