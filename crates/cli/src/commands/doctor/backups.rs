//! How old the newest backup is that was made by itself.

use app::backup;
use model::Clock;

use super::{Finding, Verdict};
use crate::ambient::SystemClock;
use crate::backups;
use crate::settings::Effective;

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
