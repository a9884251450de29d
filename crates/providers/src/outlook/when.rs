//! Graph's times: wall times with a zone name beside them, dates of whole days, and the zone a series lives in.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use recurrence::zones::{self, Zone};

use super::translate::Defect;
use super::wire::{Event, WallTime};

/// The zone an event is meant in, and the provider's name for it when that is another.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    /// `None`: the name cannot be resolved, or there is none; the event is read in UTC.
    zone: Option<Zone>,
    pub(super) provider_zone: Option<String>,
}

impl Meant {
    /// The IANA name; UTC when the zone is unknown.
    pub(super) fn iana(&self) -> String {
        self.zone.as_ref().map_or_else(|| "UTC".to_owned(), |zone| zone.iana.clone())
    }

    /// Whether a zone is named that cannot be resolved.
    pub(super) fn is_unknown(&self) -> bool {
        self.zone.is_none() && self.provider_zone.is_some()
    }

    /// The zone's rules; UTC when the zone is unknown.
    pub(super) fn tz(&self) -> jiff::tz::TimeZone {
        self.zone.as_ref().map_or(jiff::tz::TimeZone::UTC, |zone| zone.tz.clone())
    }
}

/// The zone an event is meant in. Times come in UTC because we ask for UTC; an event belongs to the zone it was made
/// in. A series is expanded in the zone of its recurrence; that one is named first unless it says UTC, which is what
/// stands there when its maker left it out.
pub(super) fn meant(event: &Event) -> Meant {
    let of_recurrence = event.recurrence.as_ref().and_then(|recurrence| {
        recurrence.get("range")?.get("recurrenceTimeZone")?.as_str().map(str::to_owned)
    });
    let of_recurrence = of_recurrence.filter(|name| !name.trim().is_empty());
    let of_event = event.original_start_time_zone.clone().filter(|name| !name.trim().is_empty());
    let candidates = match &of_recurrence {
        Some(name) if !zones::same_zone(name, "UTC") => [of_recurrence, of_event],
        _ => [of_event, of_recurrence],
    };
    let known = candidates.iter().flatten().find_map(|name| Some((name.clone(), zones::resolve(name).ok()?)));
    match known {
        Some((name, zone)) => {
            Meant { provider_zone: Some(name).filter(|name| *name != zone.iana), zone: Some(zone) }
        }
        None => Meant { zone: None, provider_zone: candidates.into_iter().flatten().next() },
    }
}

/// The instant of a wall time, in the zone that stands beside it. Some answers end the time with `Z` instead.
pub(super) fn instant(wall: Option<&WallTime>, which: &str) -> Result<Timestamp, Defect> {
    let (text, zone_name) = parts(wall, which)?;
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let local: DateTime = text
        .parse()
        .map_err(|_| Defect::new("bad_time", format!("its {which} time {text:.40?} cannot be read")))?;
    let zone = match zone_name.map(str::trim) {
        None | Some("") => zones::resolve("UTC"),
        Some(name) => zones::resolve(name),
    };
    let zone = zone.map_err(|unknown| Defect::new("unknown_zone", format!("its {which}: {unknown}")))?;
    let out_of_range = |_| Defect::new("bad_time", format!("its {which} time {text:.40?} is out of range"));
    zone.tz.to_timestamp(local).map_err(out_of_range)
}

/// The date of a whole day, verbatim: converting it between zones would shift it.
pub(super) fn day(wall: Option<&WallTime>, which: &str) -> Result<Date, Defect> {
    let (text, _) = parts(wall, which)?;
    let date = text.get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| Defect::new("bad_time", format!("its {which} date {text:.40?} cannot be read")))
}

fn parts<'a>(wall: Option<&'a WallTime>, which: &str) -> Result<(&'a str, Option<&'a str>), Defect> {
    let wall = wall.ok_or_else(|| Defect::new("no_time", format!("it has no {which}")))?;
    let text = wall.date_time.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Defect::new("no_time", format!("its {which} has no time")))?;
    Ok((text, wall.time_zone.as_deref()))
}
