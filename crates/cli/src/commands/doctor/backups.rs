//! How old the newest backup is that was made by itself, and whether one could be restored.

use std::path::{Path, PathBuf};

use app::backup;
use jiff::Timestamp;
use model::Clock;

use super::{Finding, Verdict};
use crate::ambient::SystemClock;
use crate::settings::Effective;
use crate::{backups, proof as proofs};

/// A backup is old when it is so many times older than the server makes them.
const TOO_MANY: i64 = 2;
const A_DAY_S: i64 = 86_400;
/// A backup from further ahead than this was made by a wrong clock, or this one is wrong.
const AHEAD_S: i64 = 300;

/// `since` is how long the store is in use, where that can be told.
pub(super) fn age(settings: &Effective, since: Option<Timestamp>) -> Finding {
    let every_s = crate::commands::serve::seconds_of(settings.get("backup_every").unwrap_or_default());
    let folder = backups::folder(settings);
    judged(backup::newest(&folder), &folder, every_s, since, SystemClock.now())
}

fn judged(
    newest: Option<(PathBuf, Timestamp)>,
    folder: &Path,
    every_s: Option<i64>,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Finding {
    const WHAT: (&str, &str) = ("backups", "the newest one");
    const FIX: &str = "Make one with `callboard backup create --out FILE`, let the server make them (CALLBOARD_BACKUP_EVERY), and \
                       keep copies on another machine.";
    const CLOCK: &str = "Set the machine's clock if it is wrong; else take that file away, so that it does not pass for the newest one.";
    let most_s = every_s.unwrap_or(A_DAY_S).saturating_mul(TOO_MANY);
    let Some((path, at)) = newest else {
        let is_young = since.is_none_or(|since| now.duration_since(since).as_secs() <= most_s);
        if every_s.is_some() && is_young {
            return Finding::ok(
                WHAT.0,
                WHAT.1,
                "none yet; the server makes the first one soon after its start",
            );
        }
        let used = since.map(|since| {
            format!(", and the store is in use for {} hours", now.duration_since(since).as_secs() / 3_600)
        });
        let found = format!("none is in {}{}", folder.display(), used.unwrap_or_default());
        return Finding::new(WHAT.0, WHAT.1, Verdict::Warning, found, FIX);
    };
    let age_s = now.duration_since(at).as_secs();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if age_s < -AHEAD_S {
        let found = format!("dated in the future, so that the clock was wrong then or is now: {name}");
        return Finding::new(WHAT.0, WHAT.1, Verdict::Warning, found, CLOCK);
    }
    let age_s = age_s.max(0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_an_old_one_and_one_from_the_future_are_worth_a_look() {
        let now: Timestamp = "2027-01-10T12:00:00Z".parse().unwrap();
        let ago = |hours| now - jiff::SignedDuration::from_hours(hours);
        let made = |hours| Some((PathBuf::from("scheduled-1.archive.gz"), ago(hours)));
        let six = Some(6 * 3_600);
        let cases = [
            (None, six, None, Verdict::Ok, "none yet"),
            (None, six, Some(ago(11)), Verdict::Ok, "none yet"),
            (None, six, Some(ago(13)), Verdict::Warning, "in use for 13 hours"),
            (None, None, Some(ago(1)), Verdict::Warning, "none is in backups"),
            (made(11), six, Some(ago(900)), Verdict::Ok, "11 hours old"),
            (made(13), six, Some(ago(900)), Verdict::Warning, "13 hours old"),
            (made(0), six, None, Verdict::Ok, "0 hours old"),
            (made(-2), six, None, Verdict::Warning, "future"),
            (made(-631_933), six, None, Verdict::Warning, "scheduled-1.archive.gz"),
        ];
        for (newest, every_s, since, verdict, says) in cases {
            let finding = judged(newest.clone(), Path::new("backups"), every_s, since, now);
            assert_eq!(finding.verdict, verdict, "{newest:?} {since:?}: {finding:?}");
            assert!(finding.found.contains(says), "{finding:?}");
        }
    }
}
