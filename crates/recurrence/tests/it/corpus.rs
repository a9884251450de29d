//! Where the recorded calendars are, and the ledger of what was checked of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The folder of calendar samples; none, with a line saying so, where the contracts are not at hand.
#[expect(clippy::disallowed_methods, reason = "tests find their samples by the environment")]
pub(crate) fn folder() -> Option<PathBuf> {
    let near = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contracts");
    let contracts = std::env::var("CALLBOARD_CONTRACTS").unwrap_or_else(|_| near.to_owned());
    let folder = PathBuf::from(contracts).join("samples/ics");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no samples at {}", folder.display());
    eprintln!("skipped: no samples at {}; set CALLBOARD_CONTRACTS to check against them", folder.display());
    None
}

/// The objects of a JSON lines file.
pub(crate) fn json_lines(text: &str) -> impl Iterator<Item = serde_json::Value> + '_ {
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap())
}

/// Why a line is not right.
pub(crate) enum Trouble {
    /// It asks for something that is not supported.
    Aside(String),
    /// It came out differently.
    Wrong(String),
}

/// What became of each line: right, set aside for a reason, or wrong.
#[derive(Default)]
pub(crate) struct Ledger {
    right: usize,
    aside: BTreeMap<String, Vec<String>>,
    wrong: Vec<String>,
}

impl Ledger {
    /// Enters a line. A wrong one is set aside where its sources dispute it.
    pub(crate) fn enter(&mut self, line: &str, result: Result<(), Trouble>, disputed: Option<&str>) {
        match (result, disputed) {
            (Ok(()), _) => self.right += 1,
            (Err(Trouble::Aside(reason)), _) => self.aside.entry(reason).or_default().push(line.to_owned()),
            (Err(_), Some(reason)) => self.aside.entry(reason.to_owned()).or_default().push(line.to_owned()),
            (Err(Trouble::Wrong(what)), None) => self.wrong.push(format!("{line}: {what}")),
        }
    }

    /// Fails when a line is wrong, or when fewer were checked than have been before.
    pub(crate) fn close(self, at_least: usize) {
        for (reason, lines) in &self.aside {
            eprintln!("set aside, {reason}: {} ({})", lines.len(), lines.join(" | "));
        }
        eprintln!("{} lines are right", self.right);
        assert!(self.wrong.is_empty(), "{} wrong:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(self.right >= at_least, "{} lines checked, it were {at_least} before", self.right);
    }
}
