//! Wall-clock times with a zone name, as Graph writes them, and the instants behind them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// The time zone name that Graph reads and writes when nothing else is asked for.
pub(crate) const UTC: &str = "UTC";

/// A wall-clock time in a named zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The local date and time.
    pub(crate) civil: DateTime,
    /// Windows or IANA name, as it was given.
    pub(crate) zone: String,
    /// The instant; in a gap the later offset, in an overlap the first, as RFC 5545 has it.
    pub(crate) at: Timestamp,
}

impl Moment {
    /// Nothing when the zone is unknown or the time lies outside what the calendar can hold.
    pub(crate) fn new(civil: DateTime, zone: &str) -> Option<Self> {
        let at = resolve(zone)?.to_ambiguous_zoned(civil).compatible().ok()?.timestamp();
        Some(Self { civil, zone: zone.to_owned(), at })
    }

    /// Reads `dateTime` and `timeZone` of Graph. A trailing `Z` makes the time an instant.
    pub(crate) fn parse(date_time: &str, zone: &str) -> Option<Self> {
        if let Ok(civil) = date_time.parse::<DateTime>() {
            return Self::new(civil, zone);
        }
        let at: Timestamp = date_time.parse().ok()?;
        let civil = at.to_zoned(resolve(zone)?).datetime();
        Some(Self { civil, zone: zone.to_owned(), at })
    }

    /// The same instant as a wall-clock time of another zone.
    pub(crate) fn in_zone(&self, zone: &str, tz: &TimeZone) -> Value {
        local(self.at.to_zoned(tz.clone()).datetime(), zone)
    }

    /// The date alone, at midnight of a zone: how all-day events are read in any zone.
    pub(crate) fn date_in_zone(&self, zone: &str) -> Value {
        local(self.civil.date().to_datetime(Time::midnight()), zone)
    }

    /// True at 00:00:00.
    pub(crate) fn is_midnight(&self) -> bool {
        self.civil.time() == Time::midnight()
    }
}

/// The zone behind a Windows or IANA name.
pub(crate) fn resolve(name: &str) -> Option<TimeZone> {
    recurrence::zones::resolve(name).ok().map(|zone| zone.tz)
}

/// A `dateTimeTimeZone` object: seven fractional digits, no offset.
pub(crate) fn local(civil: DateTime, zone: &str) -> Value {
    let hundreds = civil.subsec_nanosecond() / 100;
    json!({
        "dateTime": format!("{}.{hundreds:07}", civil.strftime("%Y-%m-%dT%H:%M:%S")),
        "timeZone": zone,
    })
}

/// An instant as Graph stamps it: up to seven fractional digits, trailing zeros left out.
pub(crate) fn instant(at: Timestamp) -> String {
    let hundreds = at.subsec_nanosecond().unsigned_abs() / 100;
    let seconds = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let fraction = format!("{hundreds:07}");
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}Z"),
        digits => format!("{seconds}.{digits}Z"),
    }
}

/// An instant in 100 ns steps since 1601, as Windows counts time.
pub(crate) fn filetime(at: Timestamp) -> u64 {
    const SECONDS_1601_TO_1970: i64 = 11_644_473_600;
    u64::try_from(at.as_second() + SECONDS_1601_TO_1970).unwrap_or(0).saturating_mul(10_000_000)
}

/// Reads a bound of a window: RFC 3339, a local time (taken as UTC) or a date.
pub(crate) fn bound(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = match text.parse::<DateTime>() {
        Ok(civil) => civil,
        Err(_) => text.parse::<Date>().ok()?.to_datetime(Time::midnight()),
    };
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_digits_and_no_offset() {
        let moment = Moment::parse("2026-11-23T09:00:00", UTC).unwrap();
        assert_eq!(
            local(moment.civil, UTC),
            json!({"dateTime": "2026-11-23T09:00:00.0000000", "timeZone": "UTC"})
        );
        assert_eq!(instant("2026-07-18T07:43:58.12479Z".parse().unwrap()), "2026-07-18T07:43:58.12479Z");
        assert_eq!(instant("2026-07-18T07:43:58Z".parse().unwrap()), "2026-07-18T07:43:58Z");
    }

    #[test]
    fn windows_names_are_zones_too() {
        let moment = Moment::parse("2026-07-01T09:00:00.0000000", "W. Europe Standard Time").unwrap();
        assert_eq!(moment.at.to_string(), "2026-07-01T07:00:00Z");
        assert!(Moment::parse("2026-07-01T09:00:00", "Atlantis Standard Time").is_none());
    }

    #[test]
    fn bounds_have_three_forms() {
        for text in ["2026-01-02T00:00:00Z", "2026-01-02T00:00:00.0000000", "2026-01-02"] {
            assert_eq!(bound(text).unwrap().to_string(), "2026-01-02T00:00:00Z", "{text}");
        }
        assert!(bound("tomorrow").is_none());
    }
}
