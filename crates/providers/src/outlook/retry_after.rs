//! How long an answer asks us to wait.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// A provider may ask for at most a day; more is a mistake somewhere, and a mailbox should not sleep for it.
const LONGEST_WAIT_MS: u64 = 24 * 60 * 60 * 1000;

/// Reads `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. A date is counted from the answer's own `Date` when it
/// has one, so that a clock that is off on either side does not change the wait.
pub(super) fn wait_ms(retry_after: Option<&str>, answer_date: Option<&str>, now: Timestamp) -> Option<u64> {
    let text = retry_after?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // Graph sends whole seconds; a decimal is rounded up, nonsense (negative, NaN, infinite) is no wish at all.
        return (seconds.is_finite() && seconds >= 0.0).then(|| {
            let capped = (seconds * 1000.0).ceil().min(LONGEST_WAIT_MS as f64);
            capped as u64
        });
    }
    let until = instant(text)?;
    let from = answer_date.and_then(instant).unwrap_or(now);
    let wait = until.as_millisecond().saturating_sub(from.as_millisecond());
    Some(u64::try_from(wait).unwrap_or(0).min(LONGEST_WAIT_MS))
}

fn instant(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let date = Some("Mon, 23 Nov 2026 10:00:00 GMT");
        for (header, answer_date, expected) in [
            (None, None, None),
            (Some("7"), None, Some(7_000)),
            (Some(" 1 "), None, Some(1_000)),
            (Some("0.5"), None, Some(500)),
            (Some("0"), None, Some(0)),
            (Some("-3"), None, None),
            (Some("inf"), None, None),
            (Some("99999999999"), None, Some(LONGEST_WAIT_MS)),
            (Some("soon"), None, None),
            (Some(""), None, None),
            (Some("Mon, 23 Nov 2026 09:00:09 GMT"), None, Some(9_000)),
            (Some("Mon, 23 Nov 2026 08:00:00 GMT"), None, Some(0)),
            (Some("Mon, 23 Nov 2026 10:00:30 GMT"), date, Some(30_000)),
        ] {
            assert_eq!(wait_ms(header, answer_date, now), expected, "{header:?} {answer_date:?}");
        }
    }
}
