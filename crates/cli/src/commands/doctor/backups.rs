//! How old the newest backup is that was made by itself, and whether one could be restored.

use app::backup;
use model::Clock;

use super::{Finding, Verdict};
use crate::ambient::SystemClock;
use crate::settings::Effective;
use crate::{backups, proof as proofs};

/// A backup is old when it is so many times older than the server makes them.
const TOO_MANY: i64 = 2;
const A_DAY_S: i64 = 86_400;

pub(super) fn age(settings: &Effective) -> Finding {
    const WHAT: (&str, &str) = ("backups", "the newest one");
    const FIX: &str = "Make one with `callboard backup create --out FILE`, let the server make them (CALLBOARD_BACKUP_EVERY), and \
                       keep copies on another machine.";
    let every_s = crate::commands::serve::seconds_of(settings.get("backup_every").unwrap_or_default());
    let folder = backups::folder(settings);
    let Some((path, at)) = backup::newest(&folder) else {
        if every_s.is_some() {
            return Finding::ok(
                WHAT.0,
                WHAT.1,
                "none yet; the server makes the first one soon after its start",
            );
        }
        let found = format!("none is in {}", folder.display());
        return Finding::new(WHAT.0, WHAT.1, Verdict::Warning, found, FIX);
    };
    let age_s = SystemClock.now().duration_since(at).as_secs();
    let most_s = every_s.unwrap_or(A_DAY_S).saturating_mul(TOO_MANY);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let found = format!("{} hours old: {name}", age_s / 3_600);
    Finding::when(age_s <= most_s, Verdict::Warning, WHAT, found, FIX)
}

/// Whether one of those that the server makes was restored in the last days. None where it makes none.
pub(super) fn proof(settings: &Effective) -> Option<Finding> {
    const WHAT: (&str, &str) = ("backups", "restored to prove it");
    const FIX: &str = "Try it with `callboard backup verify FILE`; if that fails, make another with `callboard backup create`.";
    let (path, _) = backup::newest_scheduled(&backups::folder(settings))?;
    if proofs::is_sealed(&path) {
        let found = "encrypted: only who has the key can, with `callboard backup verify FILE --identity KEY`";
        return Some(Finding::ok(WHAT.0, WHAT.1, found));
    }
    let warning = |found: String| Finding::new(WHAT.0, WHAT.1, Verdict::Warning, found, FIX);
    let Some(last) = proofs::last(settings) else {
        return Some(warning("no backup was tried yet; the server does it once a day".to_owned()));
    };
    if let Some(failure) = last.failure {
        return Some(warning(format!("{} could not be restored: {failure}", last.backup)));
    }
    let every_s = crate::commands::serve::seconds_of(settings.get("backup_every").unwrap_or_default());
    let age_s = SystemClock.now().duration_since(last.at).as_secs();
    let most_s = every_s.unwrap_or(A_DAY_S).max(A_DAY_S).saturating_mul(TOO_MANY);
    let found = format!("{} hours ago: {}", age_s / 3_600, last.backup);
    Some(Finding::when(age_s <= most_s, Verdict::Warning, WHAT, found, FIX))
}
