//! Zone names as the providers write them: IANA or Windows, in any case.

mod windows_names;

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

use windows_names::{RETIRED, WINDOWS_ZONES};

/// A zone that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its IANA name in proper case. A Windows name gives the primary IANA name of its CLDR territory 001.
    pub iana: String,
    /// Its rules.
    pub tz: TimeZone,
}

/// A zone name nobody can resolve, such as Exchange's `tzone://Microsoft/Custom`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "time zone {name:?} is neither an IANA nor a Windows name; read the event in UTC and keep its zone as it is"
)]
pub struct UnknownZone {
    /// The name as it was given, shortened to 80 characters.
    pub name: String,
}

/// Finds the zone of an IANA or Windows name, whatever its case.
///
/// # Errors
/// [`UnknownZone`] for anything else. A custom Exchange zone has no rules we could know.
pub fn resolve(name: &str) -> Result<Zone, UnknownZone> {
    let name = name.trim();
    let found = match windows_to_iana(name) {
        Some(iana) => load(iana),
        None if name.eq_ignore_ascii_case("tzone://Microsoft/Utc") => load("UTC"),
        None if name.eq_ignore_ascii_case("Etc/Unknown") => None,
        None => load(name),
    };
    found.ok_or_else(|| UnknownZone { name: name.chars().take(80).collect() })
}

/// The IANA zone of a Windows zone name for CLDR territory 001 ("the world").
#[must_use]
pub fn windows_to_iana(name: &str) -> Option<&'static str> {
    IANA_OF_WINDOWS.get(&name.to_ascii_lowercase()).copied()
}

/// The Windows name of an IANA zone, found through its aliases too (`US/Pacific`).
#[must_use]
pub fn iana_to_windows(name: &str) -> Option<&'static str> {
    listed_windows_name(name).or_else(|| listed_windows_name(TimeZone::get(name).ok()?.primary_iana_name()?))
}

/// Whether two names, each IANA or Windows, mean one zone: both have the same Windows name (CLDR territory 001),
/// or where Windows has none, the same primary IANA name. Windows cannot tell Stockholm from Berlin, so neither
/// does this. Names that cannot be resolved are the same only when they are spelled the same.
#[must_use]
pub fn same_zone(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a.eq_ignore_ascii_case(b) {
        return true;
    }
    match (canonical(a), canonical(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

fn load(iana: &str) -> Option<Zone> {
    let tz = TimeZone::get(iana).ok()?;
    let iana = tz.iana_name()?.to_owned();
    Some(Zone { iana, tz })
}

fn listed_windows_name(iana: &str) -> Option<&'static str> {
    WINDOWS_OF_IANA.get(&iana.to_ascii_lowercase()).copied()
}

type Names = HashMap<String, &'static str>;

/// By the Windows name in lower case. Every event of a mailbox names a zone, some twice.
static IANA_OF_WINDOWS: LazyLock<Names> = LazyLock::new(|| {
    let listed = WINDOWS_ZONES.iter().map(|(windows, iana, _)| (*windows, *iana)).chain(RETIRED);
    first_of_each(listed)
});

/// By the IANA name in lower case.
static WINDOWS_OF_IANA: LazyLock<Names> = LazyLock::new(|| {
    first_of_each(WINDOWS_ZONES.iter().flat_map(|(windows, first, others)| {
        std::iter::once(*first).chain(others.split(' ')).map(|iana| (iana, *windows))
    }))
});

fn first_of_each(listed: impl Iterator<Item = (&'static str, &'static str)>) -> Names {
    let mut names = Names::new();
    for (name, other) in listed {
        names.entry(name.to_ascii_lowercase()).or_insert(other);
    }
    names
}

/// The Windows name, else the primary IANA name.
fn canonical(name: &str) -> Option<String> {
    let zone = resolve(name).ok()?;
    let iana = zone.tz.primary_iana_name().unwrap_or(&zone.iana);
    Some(iana_to_windows(&zone.iana).unwrap_or(iana).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_kinds_are_found() {
        for (name, iana) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("w. europe STANDARD time", "Europe/Berlin"),
            (" Pacific Standard Time ", "America/Los_Angeles"),
            ("India Standard Time", "Asia/Kolkata"),
            ("UTC", "UTC"),
            ("tzone://Microsoft/Utc", "UTC"),
            ("Mid-Atlantic Standard Time", "Etc/GMT+2"),
        ] {
            assert_eq!(resolve(name).map(|zone| zone.iana).as_deref(), Ok(iana), "{name}");
        }
        for name in
            ["tzone://Microsoft/Custom", "Customized Time Zone", "Etc/Unknown", "", "Berlin", "../etc/passwd"]
        {
            assert!(resolve(name).is_err(), "{name}");
        }
    }

    #[test]
    fn every_windows_name_comes_back() {
        for (windows, iana, others) in WINDOWS_ZONES {
            assert!(TimeZone::get(iana).is_ok(), "{iana}");
            assert_eq!(windows_to_iana(windows), Some(iana));
            assert_eq!(iana_to_windows(iana), Some(windows));
            for other in others.split(' ').filter(|other| !other.is_empty()) {
                assert_eq!(iana_to_windows(other), Some(windows), "{other}");
            }
        }
    }

    #[test]
    fn zones_are_the_same_as_far_as_windows_can_tell() {
        for (a, b, same) in [
            ("Europe/Berlin", "W. Europe Standard Time", true),
            ("Europe/Stockholm", "Europe/Berlin", true),
            ("Europe/Paris", "Europe/Berlin", false),
            ("US/Pacific", "America/Los_Angeles", true),
            ("Asia/Calcutta", "Asia/Kolkata", true),
            ("India Standard Time", "Asia/Kolkata", true),
            ("UTC", "Etc/UTC", true),
            ("UTC", "Europe/London", false),
            ("tzone://Microsoft/Custom", "TZONE://Microsoft/custom", true),
            ("tzone://Microsoft/Custom", "UTC", false),
        ] {
            assert_eq!(same_zone(a, b), same, "{a} and {b}");
            assert_eq!(same_zone(b, a), same, "{b} and {a}");
        }
    }
}
