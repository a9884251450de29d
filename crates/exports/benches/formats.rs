//! How fast each format is written, onto a file with fsync at the end, beside lines written as they are: the limit of any
//! format that holds every field. `cargo bench -p exports -- [events=1000000] [only=csv]`.
//!
//! One JSON line a row, in the words of `cargo xtask bench`. Rounds of all formats alternate and medians are compared, as
//! figures move with the hour. Memory is what a format has grown to beside what it had at a tenth of the events.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark measures, prints and may stop"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use exports::{Format, StoodIn, begin};
use jiff::{SignedDuration, Timestamp};
use model::Id;
use model::collections::EVENTS;
use model::documents::Event;

/// As in the binary; the other side has it too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
/// Documents that differ; they come again and again.
const DISTINCT: u32 = 1_000;

fn main() {
    let events = std::env::args().find_map(|word| word.strip_prefix("events=")?.parse().ok());
    let events: usize = events.unwrap_or(1_000_000);
    let only = std::env::args().find_map(|word| word.strip_prefix("only=").map(str::to_owned));
    let formats =
        Format::ALL.into_iter().filter(|format| only.as_ref().is_none_or(|only| format.name() == only));
    let formats: Vec<Format> = formats.collect();
    let documents: Vec<String> = (0..DISTINCT).map(document).collect();
    let sides: Vec<Option<Format>> = std::iter::once(None).chain(formats.iter().copied().map(Some)).collect();
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..ROUNDS {
        for (side, times) in sides.iter().zip(&mut times) {
            times.push(written(*side, &documents, events));
        }
    }
    let rates: Vec<f64> = times.into_iter().map(|times| events as f64 / median(times)).collect();
    for (side, rate) in sides.iter().zip(&rates) {
        let Some(format) = side else { continue };
        let goal = match format {
            Format::Csv => ">= 0.8 M",
            Format::Ndjson => ">= 0.6 M",
            Format::Xlsx => ">= 80 k",
            Format::Json | Format::Ics => "",
        };
        println!(
            r#"{{"job":"{} of {events} events","unit":"rows/s","ours":{rate:.0},"peer":"plain lines with fsync","peer_figure":{:.0},"ratio":{:.2},"goal":"{goal}"}}"#,
            format.name(),
            rates[0],
            rate / rates[0]
        );
    }
    for format in formats {
        let few = grown(format, &documents, events / 10);
        let many = grown(format, &documents, events);
        println!(
            r#"{{"job":"memory (RssAnon) while {} is written, {events} events","unit":"MiB","ours":{many:.1},"peer":"a tenth of them","peer_figure":{few:.1},"goal":"<= 32 MiB, flat"}}"#,
            format.name()
        );
    }
}

/// Seconds that a file of so many documents takes.
fn written(side: Option<Format>, documents: &[String], events: usize) -> f64 {
    let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let begun = Instant::now();
    let mut out = BufWriter::with_capacity(1 << 16, file.try_clone().unwrap());
    match side {
        None => {
            for document in documents.iter().cycle().take(events) {
                out.write_all(document.as_bytes()).unwrap();
                out.write_all(b"\n").unwrap();
            }
            out.flush().unwrap();
        }
        Some(format) => sheet(format, out, documents, events, |_| {}),
    }
    file.sync_all().unwrap();
    begun.elapsed().as_secs_f64()
}

fn sheet(
    format: Format,
    out: BufWriter<File>,
    documents: &[String],
    events: usize,
    mut look: impl FnMut(usize),
) {
    let mut sheet = begin(format, &EVENTS, StoodIn::new(), Box::new(out)).unwrap();
    for (place, document) in documents.iter().cycle().take(events).enumerate() {
        sheet.add(document).unwrap();
        look(place);
    }
    sheet.end().unwrap();
}

/// The most memory of the process while it writes, in MiB.
fn grown(format: Format, documents: &[String], events: usize) -> f64 {
    let file = tempfile::tempfile_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut most = 0.0_f64;
    let step = (events / 50).max(1);
    sheet(format, BufWriter::new(file), documents, events, |place| {
        if place % step == step - 1 {
            most = most.max(rss_anon_mib());
        }
    });
    most.max(rss_anon_mib())
}

/// Memory of this process that is no file; nothing where the system does not say.
fn rss_anon_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1_024.0
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// An event as a house has them: single ones in a zone, every tenth a series.
fn document(number: u32) -> String {
    let id = |kind: u8| Id::from_parts(number, [kind; 5], number);
    let start: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let start = start + SignedDuration::from_hours(i64::from(number));
    let end = start + SignedDuration::from_hours(2);
    let mut event = Event::new(id(1), id(2), id(3), &format!("Rehearsal, part {number}"), start, end);
    event.time_zone = "Europe/Berlin".to_owned();
    event.location = Some("Great Hall".to_owned());
    event.description = Some("Doors open at six.\nThe choir sings second.".to_owned());
    event.categories = vec!["Concert".to_owned(), "Press".to_owned()];
    event.internal_notes = Some("Bring the keys of the lift; the ramp is shut.".to_owned());
    event.equipment_required = vec!["Line array".to_owned(), "Stage deck x12".to_owned()];
    event.staff_assigned = vec!["Ana".to_owned(), "Bo".to_owned()];
    event.budget_allocated = Some(1_200.5);
    event.setup_start_time = Some(start - SignedDuration::from_hours(3));
    event.is_recurring = number.is_multiple_of(10);
    if event.is_recurring {
        event.recurrence_rule = vec!["RRULE:FREQ=WEEKLY;COUNT=20".to_owned()];
    }
    event.derive();
    serde_json::to_string(&event).unwrap()
}
