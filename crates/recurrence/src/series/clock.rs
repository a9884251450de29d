//! Turns local days into instants, asking the zone only where its offset changes.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::anchor::Anchor;
use crate::days;

const DAY_SECONDS: i64 = 86_400;

/// The wall time of a series and the stretch of local time over which the last offset found stays good.
#[derive(Debug, Clone)]
pub(super) struct Clock<'a> {
    /// None for all-day series: midnight UTC, always.
    zone: Option<&'a TimeZone>,
    anchor: &'a Anchor,
    /// Wall time in seconds from midnight.
    second_of_day: i64,
    nanosecond: i32,
    /// What to take from local seconds to have seconds of UTC...
    offset: i64,
    /// ...for local seconds from here...
    good_from: i64,
    /// ...to before here.
    good_until: i64,
}

impl<'a> Clock<'a> {
    pub(super) fn new(anchor: &'a Anchor) -> Self {
        let (zone, second_of_day, nanosecond) = match anchor {
            Anchor::Zoned { local, zone } => (Some(zone), seconds_of(*local), local.subsec_nanosecond()),
            Anchor::Date(_) => (None, 0, 0),
        };
        let (good_from, good_until) = if zone.is_none() { (i64::MIN, i64::MAX) } else { (0, 0) };
        Self { zone, anchor, second_of_day, nanosecond, offset: 0, good_from, good_until }
    }

    /// The start of the occurrence on a day; none past the end of the calendar.
    pub(super) fn start_on(&mut self, day: i32) -> Option<Timestamp> {
        let local = i64::from(day) * DAY_SECONDS + self.second_of_day;
        if local < self.good_from || local >= self.good_until {
            return self.look_up(day, local);
        }
        Timestamp::new(local - self.offset, self.nanosecond).ok()
    }

    #[cold]
    fn look_up(&mut self, day: i32, local: i64) -> Option<Timestamp> {
        let start = self.anchor.start_on(days::date_of(day)?)?;
        let zone = self.zone?;
        let offset_at = |at: Timestamp| i64::from(zone.to_offset(at).seconds());
        self.offset = offset_at(start);
        // The transition that began this offset, or nothing when it was always so. Jiff lists a transition only
        // before the instant it is asked for, so ask a moment later.
        let after = start.checked_add(jiff::SignedDuration::from_nanos(1)).ok()?;
        let (begun, before) = match zone.preceding(after).next() {
            Some(begun) => {
                let before = begun.timestamp().checked_sub(jiff::SignedDuration::from_secs(1)).ok();
                (begun.timestamp().as_second(), before.map_or(self.offset, offset_at))
            }
            None => (i64::MIN / 2, self.offset),
        };
        // Local times repeated or skipped at that transition belong to the offset before it.
        self.good_from = begun + before.max(self.offset);
        let ends = zone.following(start).next().map_or(i64::MAX / 2, |next| next.timestamp().as_second());
        self.good_until = ends + self.offset;
        debug_assert!(local <= self.good_until.saturating_add(2 * DAY_SECONDS));
        Some(start)
    }
}

fn seconds_of(local: DateTime) -> i64 {
    i64::from(local.hour()) * 3_600 + i64::from(local.minute()) * 60 + i64::from(local.second())
}
