//! Recorded calendars with the occurrences their sources assert (`expectations.jsonl`).

use std::path::Path;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use recurrence::zones;
use serde_json::Value;

use crate::corpus::{Ledger, Trouble, folder, json_lines};
use crate::ics::{Event, Found, events, known_zone};

/// Lines checked so far; it may only grow.
const AT_LEAST: usize = 103;

/// Lines that come out differently, with the reason, by the beginning of the file's name.
const DISPUTED: [(&str, &str); 21] = [
    ("calcurse__ical-003", "EXDATE does not use up COUNT there, by RFC 5545 it does"),
    ("cosmo__", "the window, or floating time, is seen from a zone the line does not name"),
    ("expander__invalid_dates", "which events with impossible dates are dropped is the importer's matter"),
    ("icalnet__YearlyInterval1", "yearly weekdays without a month: taken in the start's month there"),
    ("kcal__ConnectDaily", "a RECURRENCE-ID on the series itself"),
    ("kcal__LibICal_TestCase", "a start off its rule counts there"),
    ("kcal__RFC2445_RRULETest12", "a start off its rule counts there"),
    ("kcal__Until_TestCase02", "a start after UNTIL counts there"),
    ("kcal__rdate", "RDATEs of another kind than the start"),
    ("nodeical__daily-count-exdate", "EXDATEs are not applied there"),
    ("nodeical__dst-transition-rules", "the only zone of the file is applied to floating time there"),
    ("nodeical__floating-dtstart", "the only zone of the file is applied to floating time there"),
    ("nodeical__test_with_multiple_tzids", "the only zone of the file is applied to floating time there"),
    ("nodeical__duplicate-uid-sequence", "choosing among versions of an event is the importer's matter"),
    ("recurring__issue_148", "choosing among versions of an event is the importer's matter"),
    ("recurring__issue_163", "choosing among versions of an event is the importer's matter"),
    ("recurring__issue_164", "choosing among versions of an event is the importer's matter"),
    ("recurring__issue_132", "a start after its end is mended there"),
    ("recurring__issue_201", "a start and an end of different kinds"),
    ("recurring__issue_97", "tasks are not read"),
    ("recurring__zero_size_event", "an event without length in a window without length"),
];

#[test]
fn recorded_calendars() {
    let Some(folder) = folder() else { return };
    let text = std::fs::read_to_string(folder.join("expectations.jsonl")).unwrap();
    let mut ledger = Ledger::default();
    for line in json_lines(&text) {
        let file = line["file"].as_str().unwrap();
        let disputed = DISPUTED.iter().find(|(begin, _)| file.starts_with(begin)).map(|(_, reason)| *reason);
        ledger.enter(&format!("{file} {}", line["between"]), check(&folder, &line), disputed);
    }
    ledger.close(AT_LEAST);
}

fn check(folder: &Path, line: &Value) -> Result<(), Trouble> {
    let zone = line["tz"].as_str().unwrap();
    let zone = zones::resolve(&known_zone(zone)).map_or(TimeZone::UTC, |zone| zone.tz);
    let (from, until) = window(line, &zone);
    let events = events(&std::fs::read(folder.join(line["file"].as_str().unwrap())).unwrap());
    let mut found = Vec::new();
    for event in chosen(&events, &line["event"]).into_iter().filter(|event| !event.replaces()) {
        let replacing: Vec<&Event> = events
            .iter()
            .filter(|other| other.replaces() && other.uid == event.uid && !event.uid.is_empty())
            .collect();
        if replacing.iter().any(|event| event.replaces_the_future()) {
            return Err(Trouble::Aside("replaces this and all later occurrences".to_owned()));
        }
        found.extend(event.occurrences(&replacing, &zone, until).map_err(Trouble::Aside)?);
    }
    found.sort_unstable();
    let overlap = line["match"] == "overlap";
    found.retain(|found| found.start >= from || (overlap && found.end > from));
    compare(line, &found, &zone)
}

fn window(line: &Value, zone: &TimeZone) -> (Timestamp, Timestamp) {
    let Some(between) = line["between"].as_array() else {
        return (Timestamp::MIN, Timestamp::MAX);
    };
    let at = |text: &Value| {
        let text = text.as_str().unwrap();
        text.parse::<Timestamp>().unwrap_or_else(|_| {
            let local =
                text.parse::<DateTime>().unwrap_or_else(|_| text.parse::<Date>().unwrap().at(0, 0, 0, 0));
            zone.to_timestamp(local).unwrap()
        })
    };
    let inclusive = i64::from(line["between_inclusive"] == true);
    (at(&between[0]), at(&between[1]).checked_add(inclusive.seconds()).unwrap())
}

/// Place in the file, `SUMMARY ...`, `UID ...`, or all.
fn chosen<'a>(events: &'a [Event], which: &Value) -> Vec<&'a Event> {
    let text = which.as_str().unwrap_or_default();
    events
        .iter()
        .enumerate()
        .filter(|(place, event)| match (which.as_u64(), text.split_once(' ')) {
            (Some(wanted), _) => *place as u64 == wanted,
            (None, Some(("SUMMARY", rest))) => match rest.strip_prefix("contains ") {
                Some(part) => event.summary.contains(part),
                None => event.summary == rest,
            },
            (None, Some(("UID", uid))) => event.uid == uid,
            _ => true,
        })
        .map(|(_, event)| event)
        .collect()
}

fn compare(line: &Value, found: &[Found], zone: &TimeZone) -> Result<(), Trouble> {
    let days_only = line["note"]
        .as_str()
        .is_some_and(|note| note.contains("days only") || note.contains("first day only"));
    let text = |found: &Found| match (found.all_day, days_only) {
        (true, _) => TimeZone::UTC.to_datetime(found.start).date().to_string(),
        (false, true) => zone.to_datetime(found.start).date().to_string(),
        (false, false) => zone.to_datetime(found.start).to_string(),
    };
    let ours: Vec<String> = found.iter().map(text).collect();
    if line["tz"] == "date" && ours.iter().any(|at| at.len() > 10) {
        return Err(Trouble::Aside("timed occurrences where dates are stated".to_owned()));
    }
    let Some(stated) = line["occurrences"].as_array() else {
        let count = line["count"].as_u64().unwrap();
        return match ours.len() as u64 == count {
            true => Ok(()),
            false => Err(Trouble::Wrong(format!("{count} stated, ours {ours:?}"))),
        };
    };
    let mut stated: Vec<String> =
        stated.iter().map(|at| at.as_str().unwrap().trim_end_matches('Z').to_owned()).collect();
    stated.sort();
    let right = match (line["complete"] == true, line["strength"] == "asserted exclusions") {
        (_, true) => !stated.iter().any(|at| ours.iter().any(|ours| ours.starts_with(at))),
        (true, _) => ours == stated,
        (false, _) => stated.iter().all(|at| ours.contains(at)),
    };
    match right {
        true => Ok(()),
        false => Err(Trouble::Wrong(format!("\n  theirs {stated:?}\n  ours   {ours:?}"))),
    }
}
