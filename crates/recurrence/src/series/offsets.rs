//! The offsets of a zone as a table over local time, made once a zone and kept.
//!
//! Asking jiff for each transition costs more than expanding the occurrences between two of them.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// 1970-01-01 and 2100-01-01: the years tables cover. Beyond them jiff is asked.
const BEGIN: i64 = 0;
const END: i64 = 4_102_444_800;

/// Which offset to take from local seconds, by the local second from which on it is the one.
///
/// A change of the clocks skips or repeats some local times. Providers move a skipped time forward, which is to
/// read it with the offset before the change, and take the first of two repeated ones, which has that offset too.
/// So an offset ends only where the local times of a change are over in both readings, and no time is left out.
#[derive(Debug)]
pub(super) struct Offsets {
    spans: Vec<Span>,
}

/// By IANA name: the zone as it was when its table was made, and the table.
type Tables = HashMap<String, (TimeZone, Arc<Offsets>)>;

/// One offset and its local seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The first local second.
    pub(super) from: i64,
    /// The local second after the last.
    pub(super) until: i64,
    /// Seconds east of UTC.
    pub(super) offset: i64,
}

impl Offsets {
    /// The table of a zone that has a name; none for others, whose rules are few.
    pub(super) fn of(zone: &TimeZone) -> Option<Arc<Self>> {
        static KNOWN: OnceLock<RwLock<Tables>> = OnceLock::new();
        let name = zone.iana_name()?;
        let known = KNOWN.get_or_init(RwLock::default);
        if let Some((same, offsets)) = known.read().unwrap_or_else(PoisonError::into_inner).get(name)
            // The zone database of the machine may have been renewed in between.
            && same == zone
        {
            return Some(Arc::clone(offsets));
        }
        let offsets = Arc::new(Self::read(zone)?);
        let entry = (zone.clone(), Arc::clone(&offsets));
        known.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), entry);
        Some(offsets)
    }

    fn read(zone: &TimeZone) -> Option<Self> {
        let begin = Timestamp::from_second(BEGIN).ok()?;
        let seconds = |at: Timestamp| i64::from(zone.to_offset(at).seconds());
        // A day inside, so that no local time before the first known change is among them.
        let mut open = Span { from: BEGIN + 2 * 86_400, until: 0, offset: seconds(begin) };
        let mut spans = Vec::new();
        for change in zone.following(begin) {
            let at = change.timestamp().as_second();
            if at >= END {
                break;
            }
            let offset = i64::from(change.offset().seconds());
            open.until = at + open.offset.max(offset);
            let next = Span { from: open.until, until: 0, offset };
            spans.push(std::mem::replace(&mut open, next));
        }
        open.until = END - 2 * 86_400;
        spans.push(open);
        // Two changes within a day would want a finer reading; jiff is asked about such a zone.
        spans.iter().skip(1).all(|span| span.from < span.until).then_some(Self { spans })
    }

    /// The place and the span of a local second; none outside the table. Looks near the place of the last one
    /// first: series go forward, and two changes a year are the rule.
    pub(super) fn at(&self, last: usize, local: i64) -> Option<(usize, Span)> {
        let holds = |span: &Span| span.from <= local && local < span.until;
        let near = self.spans.get(last..).unwrap_or_default().iter().take(4).position(holds);
        let place = match near {
            Some(ahead) => last + ahead,
            None => self.spans.partition_point(|span| span.from <= local).checked_sub(1)?,
        };
        self.spans.get(place).copied().filter(holds).map(|span| (place, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::DateTime;
    use jiff::tz;

    #[test]
    fn every_zone_agrees_with_jiff_around_its_changes() {
        let epoch: DateTime = "1970-01-01T00:00:00".parse().unwrap();
        let (mut zones, mut checked) = (0, 0);
        for name in tz::db().available() {
            let zone = TimeZone::get(name.as_str()).unwrap();
            let Some(offsets) = Offsets::of(&zone) else { continue };
            zones += 1;
            for span in &offsets.spans {
                for local in [-7200, -3600, -1800, -1, 0, 1, 1800, 3600].map(|near| span.until + near) {
                    let Some((place, found)) = offsets.at(0, local) else { continue };
                    let wall = epoch.checked_add(jiff::Span::new().seconds(local)).unwrap();
                    let expected = zone.to_timestamp(wall).unwrap().as_second();
                    assert_eq!(local - found.offset, expected, "{} at {wall}", name.as_str());
                    assert_eq!(offsets.at(place.saturating_sub(2), local).unwrap().0, place);
                    checked += 1;
                }
            }
        }
        assert!(zones > 400 && checked > 100_000, "{zones} zones, {checked} times");
    }

    #[test]
    fn outside_the_table_nothing_is_found() {
        let offsets = Offsets::of(&TimeZone::get("Europe/Berlin").unwrap()).unwrap();
        assert!(offsets.at(3, BEGIN - 1).is_none());
        assert!(offsets.at(3, END).is_none());
        assert_eq!(offsets.at(9, 1_800_000_000).unwrap().1.offset, 3600);
        assert!(Offsets::of(&TimeZone::fixed(jiff::tz::offset(2))).is_none());
    }
}
