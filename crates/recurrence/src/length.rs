//! How long the occurrences of a series last.

use jiff::{SignedDuration, Timestamp};

use crate::Anchor;

/// What a change of the clocks adds to a night at the most, wherever there is one. (A country that changed sides of the
/// date line once skipped a whole day; nothing that ran over it is looked for.)
const LONGEST_CHANGE: SignedDuration = SignedDuration::from_hours(3);

/// The length of the occurrences of a series: by the clock on the wall, as their starts are.
///
/// A night from 22:00 to 04:00 ends at 04:00 also when the clocks change in it, and is an hour shorter or longer then: so
/// do Outlook and Google. (RFC 5545 3.8.5.3 would keep the exact length.)
#[derive(Debug, Clone)]
pub struct Length {
    anchor: Anchor,
    exact: SignedDuration,
    wall: SignedDuration,
}

impl Length {
    /// Of the series with this anchor, whose first occurrence lies between these instants.
    #[must_use]
    pub fn new(anchor: Anchor, start: Timestamp, end: Timestamp) -> Self {
        let exact = end.duration_since(start);
        let wall = match &anchor {
            Anchor::Zoned { zone, .. } => zone.to_datetime(end).duration_since(zone.to_datetime(start)),
            Anchor::Date(_) => exact,
        };
        Self { anchor, exact, wall }
    }

    /// Where an occurrence that starts here ends. None past the end of the calendar.
    #[must_use]
    pub fn end(&self, start: Timestamp) -> Option<Timestamp> {
        let exact = start.checked_add(self.exact).ok()?;
        let Anchor::Zoned { zone, .. } = &self.anchor else { return Some(exact) };
        let offset = zone.to_offset(start);
        if self.wall == self.exact && zone.to_offset(exact) == offset {
            return Some(exact);
        }
        let wall = offset.to_datetime(start).checked_add(self.wall).ok()?;
        let end = zone.to_timestamp(wall).ok()?;
        // The hour that comes twice: what starts in its second half does not end in its first.
        Some(if end < start { exact } else { end })
    }

    /// No occurrence is longer.
    #[must_use]
    pub fn longest(&self) -> SignedDuration {
        let longest = self.exact.max(self.wall);
        if self.anchor.is_all_day() { longest } else { longest.saturating_add(LONGEST_CHANGE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(zone: &str, start: &str, end: &str) -> Length {
        let zone = crate::zones::resolve(zone).expect("a zone").tz;
        let start = instant(start);
        Length::new(Anchor::Zoned { local: zone.to_datetime(start), zone }, start, instant(end))
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_night_ends_by_the_clock_on_the_wall() {
        // 22:00 to 04:00 in Berlin.
        let of_winter = length("Europe/Berlin", "2027-03-20T21:00:00Z", "2027-03-21T03:00:00Z");
        // The night in which the clocks change; its end is at 04:00 there.
        let of_change = length("Europe/Berlin", "2027-03-27T21:00:00Z", "2027-03-28T02:00:00Z");
        for night in [of_winter, of_change] {
            for (start, end) in [
                ("2027-03-20T21:00:00Z", "2027-03-21T03:00:00Z"),
                ("2027-03-27T21:00:00Z", "2027-03-28T02:00:00Z"),
                ("2027-04-03T20:00:00Z", "2027-04-04T02:00:00Z"),
                ("2027-10-30T20:00:00Z", "2027-10-31T03:00:00Z"),
            ] {
                assert_eq!(night.end(instant(start)), Some(instant(end)), "{start}");
                assert!(instant(end).duration_since(instant(start)) <= night.longest(), "{start}");
            }
        }
    }

    #[test]
    fn an_hour_that_is_not_there_or_comes_twice_never_turns_an_occurrence_round() {
        // 02:15 to 02:45.
        let short = length("Europe/Berlin", "2027-03-20T01:15:00Z", "2027-03-20T01:45:00Z");
        for (start, end) in [
            // 02:15 is not there: it starts at 03:15.
            ("2027-03-28T01:15:00Z", "2027-03-28T01:45:00Z"),
            // The first and the second 02:15.
            ("2027-10-31T00:15:00Z", "2027-10-31T00:45:00Z"),
            ("2027-10-31T01:15:00Z", "2027-10-31T01:45:00Z"),
        ] {
            assert_eq!(short.end(instant(start)), Some(instant(end)), "{start}");
        }
    }

    #[test]
    fn whole_days_are_whole_days_and_nothing_goes_past_the_calendar() {
        let (start, end) = (instant("2027-03-27T00:00:00Z"), instant("2027-03-29T00:00:00Z"));
        let fair = Length::new(Anchor::Date(jiff::civil::date(2027, 3, 27)), start, end);
        assert_eq!(fair.end(end), Some(instant("2027-03-31T00:00:00Z")));
        assert_eq!(fair.longest(), SignedDuration::from_hours(48));
        assert_eq!(fair.end(Timestamp::MAX), None);
        let night = length("Europe/Berlin", "2027-03-20T21:00:00Z", "2027-03-21T03:00:00Z");
        assert_eq!(night.end(Timestamp::MAX), None);
    }
}
