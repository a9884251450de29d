//! Just enough of a calendar reader to put recorded series to the expander: unfolding, events, starts, lengths.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use recurrence::{Anchor, RuleError, RuleLines, Series, Slot, zones};

/// One VEVENT with the properties that matter.
#[derive(Default, Debug)]
pub(crate) struct Event {
    pub(crate) uid: String,
    pub(crate) summary: String,
    /// Name with parameters, and value.
    properties: Vec<(String, String)>,
}

/// When an occurrence starts and ends; `date` says that it is all-day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) all_day: bool,
}

pub(crate) fn events(bytes: &[u8]) -> Vec<Event> {
    let text = decoded(bytes).replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut events = Vec::new();
    let mut open: Option<Event> = None;
    let mut nested = 0;
    for line in text.lines().map(str::trim_end) {
        let (name, value) =
            line.split_once(':').map_or((line, ""), |(name, value)| split_value(line, name, value));
        match (name.to_ascii_uppercase().as_str(), value) {
            ("BEGIN", "VEVENT") => open = Some(Event::default()),
            ("END", "VEVENT") => events.extend(open.take()),
            ("BEGIN", _) => nested += 1,
            ("END", _) => nested -= 1,
            _ => {}
        }
        let Some(event) = open.as_mut().filter(|_| nested <= 1) else { continue };
        match name {
            "UID" => event.uid = value.to_owned(),
            "SUMMARY" => event.summary = value.trim().replace("\\,", ","),
            _ => event.properties.push((name.to_owned(), value.to_owned())),
        }
    }
    events
}

/// UTF-8, or UTF-16 with its mark.
fn decoded(bytes: &[u8]) -> String {
    let Some(little_endian) = bytes.strip_prefix(&[0xFF, 0xFE]) else {
        return String::from_utf8_lossy(bytes).into_owned();
    };
    let units: Vec<u16> =
        little_endian.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// A quoted parameter may hold a colon.
fn split_value<'a>(line: &'a str, name: &'a str, value: &'a str) -> (&'a str, &'a str) {
    if name.matches('"').count().is_multiple_of(2) {
        return (name, value);
    }
    let quote = line.rfind("\":").map_or(name.len(), |at| at + 1);
    (&line[..quote], &line[quote + 1..])
}

impl Event {
    fn all(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let is =
            move |head: &str| head.split(';').next().is_some_and(|first| first.eq_ignore_ascii_case(name));
        self.properties
            .iter()
            .filter(move |(head, _)| is(head))
            .map(|(head, value)| (head.as_str(), value.as_str()))
    }

    pub(crate) fn replaces(&self) -> bool {
        self.all("RECURRENCE-ID").next().is_some()
    }

    pub(crate) fn replaces_the_future(&self) -> bool {
        self.all("RECURRENCE-ID").any(|(head, _)| head.contains("THISANDFUTURE"))
    }

    fn start(&self, floating: &TimeZone) -> Option<Anchor> {
        let (head, value) = self.all("DTSTART").next()?;
        time(head, value, floating)
    }

    /// The length as the file tells it: an end, or a duration, or nothing.
    fn length(&self, floating: &TimeZone) -> Option<Span> {
        if let Some((_, duration)) = self.all("DURATION").next() {
            return duration.parse().ok();
        }
        let begin = self.start(floating)?;
        let Some((head, value)) = self.all("DTEND").next() else {
            return Some(Span::new().days(i32::from(begin.is_all_day())));
        };
        let end = time(head, value, floating)?;
        let seconds = end.start_on(end.date())?.as_second() - begin.start_on(begin.date())?.as_second();
        Some(Span::new().seconds(seconds))
    }

    fn found(&self, slot: Slot, all_day: bool, floating: &TimeZone) -> Option<Found> {
        let end = slot.start.to_zoned(TimeZone::UTC).checked_add(self.length(floating)?).ok()?.timestamp();
        Some(Found { start: slot.start, end, all_day })
    }

    fn lines(&self) -> Vec<String> {
        let kept = ["RRULE", "RDATE", "EXDATE", "EXRULE"].into_iter().flat_map(|name| self.all(name));
        kept.map(|(head, value)| format!("{}:{}", with_known_zone(head), value)).collect()
    }

    /// The occurrences of this event, with the events that replace some of them, up to a last instant.
    pub(crate) fn occurrences(
        &self,
        replacing: &[&Self],
        floating: &TimeZone,
        until: Timestamp,
    ) -> Result<Vec<Found>, String> {
        let anchor = self.start(floating).ok_or("its start cannot be read")?;
        let lines = RuleLines::parse(&self.lines()).map_err(|error| match error {
            RuleError::Unsupported { part, .. } => format!("unsupported {part}"),
            RuleError::Invalid { part, .. } => format!("invalid {part}"),
        })?;
        let series = Series::from_lines(&lines, anchor.clone()).map_err(|error| error.to_string())?;
        let mut slots: Vec<Slot> = series.iter().take_while(|slot| slot.start < until).collect();
        let mut found = Vec::new();
        for event in replacing {
            let (head, value) = event.all("RECURRENCE-ID").next().ok_or("no RECURRENCE-ID")?;
            let replaced = time(head, value, floating).ok_or("its RECURRENCE-ID cannot be read")?;
            let date =
                match (replaced.is_all_day() || anchor.is_all_day(), replaced.start_on(replaced.date())) {
                    (false, Some(start)) if anchor.start_on(anchor.date_of(start)) == Some(start) => {
                        anchor.date_of(start)
                    }
                    (true, _) => replaced.date(),
                    _ => continue,
                };
            // One that replaces no occurrence is not shown.
            if !series.contains_date(date) {
                continue;
            }
            slots.retain(|slot| slot.date != date);
            let start = event.start(floating).ok_or("a replacing start cannot be read")?;
            let slot =
                Slot { date: start.date(), start: start.start_on(start.date()).ok_or("no such time")? };
            found.extend(event.found(slot, start.is_all_day(), floating).filter(|found| found.start < until));
        }
        found.extend(slots.into_iter().filter_map(|slot| self.found(slot, anchor.is_all_day(), floating)));
        found.sort_unstable();
        Ok(found)
    }
}

/// DATE, DATE-TIME in UTC, with a zone, or floating.
fn time(head: &str, value: &str, floating: &TimeZone) -> Option<Anchor> {
    let value = value.trim();
    if value.len() == 8 {
        return Some(Anchor::Date(value.parse::<Date>().ok()?));
    }
    if let Some(utc) = value.strip_suffix('Z') {
        return Some(Anchor::Zoned { local: utc.parse::<DateTime>().ok()?, zone: TimeZone::UTC });
    }
    let local = value.parse::<DateTime>().ok()?;
    let zone = match zone_name(head) {
        None => floating.clone(),
        Some(name) => zones::resolve(&known_zone(name)).ok()?.tz,
    };
    Some(Anchor::Zoned { local, zone })
}

fn zone_name(head: &str) -> Option<&str> {
    let parameter = head.split(';').find(|parameter| parameter.to_ascii_uppercase().starts_with("TZID="))?;
    Some(parameter["TZID=".len()..].trim_matches('"')).filter(|name| !name.is_empty())
}

/// Zones that files define for themselves, by the IANA zone they mean.
pub(crate) fn known_zone(name: &str) -> String {
    let tail = |name: &str| {
        name.rsplitn(3, '/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/")
    };
    match name {
        "US-Eastern" => "America/New_York".to_owned(),
        _ if zones::resolve(name).is_ok() => name.to_owned(),
        _ => tail(name),
    }
}

fn with_known_zone(head: &str) -> String {
    match zone_name(head) {
        Some(name) => head.replace(name, &known_zone(name)),
        None => head.to_owned(),
    }
}
