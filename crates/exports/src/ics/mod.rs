//! Events as a calendar (RFC 5545), event by event.
//!
//! Such files are passed on, so that only shared fields are in it: what is read of a document is an allow-list. A series
//! is its master with RRULE and EXDATE, an occurrence of its own has RECURRENCE-ID. Times are wall-clock times of the
//! event's zone, which is described once, before the first event in it. Masters come before their exceptions.

mod event;
mod lines;
mod repeats;
mod stamp;
mod zone;

use std::collections::HashMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use model::Id;

use crate::{ExportError, Sheet, Target};
use event::Shared;
use lines::Lines;

/// Dates of series, by the id of their master, on which an occurrence of its own stands that is not in the file. The
/// rule must not put one there.
pub type StoodIn = HashMap<Id, Vec<Date>>;

/// A calendar that is being written.
pub(crate) struct Calendar<'a> {
    lines: Lines<'a>,
    stood_in: StoodIn,
    zones: Zones,
    /// The masters so far, for their exceptions.
    masters: HashMap<Id, Beat>,
}

/// At which time of the day a series has its occurrences; `None` for whole days. RECURRENCE-ID is said in these terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Beat {
    zone: Option<u16>,
    time: Option<Time>,
}

/// The zones met so far.
#[derive(Default)]
struct Zones {
    known: Vec<(String, TimeZone)>,
    by_name: HashMap<String, Option<u16>>,
}

impl<'a> Calendar<'a> {
    pub(crate) fn begin(stood_in: StoodIn, out: Box<dyn Target + 'a>) -> Result<Self, ExportError> {
        let mut lines = Lines::on(out);
        lines.line("BEGIN:VCALENDAR")?;
        lines.line("VERSION:2.0")?;
        lines.line("PRODID:-//Callboard//Callboard//EN")?;
        lines.line("CALSCALE:GREGORIAN")?;
        Ok(Self { lines, stood_in, zones: Zones::default(), masters: HashMap::new() })
    }

    /// The zone of this name, described in the file; `None` where times are said in UTC.
    fn zone(&mut self, name: &str) -> Result<Option<u16>, ExportError> {
        if let Some(known) = self.zones.by_name.get(name) {
            return Ok(*known);
        }
        let found = recurrence::zones::resolve(name).ok();
        let found = found.filter(|zone| zone.tz.iana_name().is_some_and(|name| !is_utc(name)));
        let place = match found {
            None => None,
            Some(zone) => {
                zone::describe(&zone.iana, &zone.tz, &mut self.lines)?;
                self.zones.known.push((zone.iana, zone.tz));
                u16::try_from(self.zones.known.len() - 1).ok()
            }
        };
        self.zones.by_name.insert(name.to_owned(), place);
        Ok(place)
    }
}

impl Sheet for Calendar<'_> {
    fn add(&mut self, document: &str) -> Result<bool, ExportError> {
        let event: Shared<'_> = serde_json::from_str(document)?;
        let beat_of = |master: &Id| self.masters.get(master).copied();
        let beat = event.recurrence_master_id.as_ref().and_then(beat_of);
        // The rule says it, where the rule is in the file.
        if beat.is_some() && event.is_like_its_series() {
            return Ok(false);
        }
        let zone = if event.all_day { None } else { self.zone(&event.time_zone.0)? };
        let named = |place: Option<u16>| {
            let (name, tz) = self.zones.known.get(usize::from(place?))?;
            Some((name.as_str(), tz))
        };
        let clock = event::Clock::of(event.all_day, named(zone));
        let of_series = beat.map(|beat| (event::Clock::of(beat.time.is_none(), named(beat.zone)), beat.time));
        let stood_in = self.stood_in.get(&event.id).map(Vec::as_slice).unwrap_or_default();
        event.write(clock, of_series, stood_in, &mut self.lines)?;
        if event.is_recurring {
            let time = (!event.all_day).then(|| clock.local(event.start_time).time());
            self.masters.insert(event.id, Beat { zone, time });
        }
        Ok(true)
    }

    fn end(mut self: Box<Self>) -> Result<(), ExportError> {
        self.lines.line("END:VCALENDAR")?;
        self.lines.end()
    }
}

/// Whether times of this zone are simply said in UTC.
fn is_utc(name: &str) -> bool {
    matches!(
        name,
        "UTC" | "Etc/UTC" | "Etc/UCT" | "Etc/Zulu" | "Etc/Universal" | "UCT" | "Zulu" | "Universal"
    )
}
