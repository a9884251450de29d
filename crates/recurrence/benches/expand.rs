//! Speed of expansion beside the crates ical-rs and rrule, in one run: `cargo bench -p recurrence`.
//!
//! Prints one JSON line a row: the job, our figure, the best peer's, and their ratio. Rounds of all sides alternate,
//! and medians are compared, as figures move with the hour on shared machines.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark measures, prints and may stop"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use ical::recur::expand::IcalRecurExpand;
use ical::recur::{IcalRecurDateTime, IcalRecurRule};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use recurrence::{Anchor, Rule, Series};

const ROUNDS: usize = 41;
const ZONE: &str = "America/New_York";

struct Job {
    name: &'static str,
    rule: &'static str,
    start: &'static str,
    until: &'static str,
}

const DECADE: [Job; 3] = [
    Job {
        name: "weekly MO,WE,FR with zone, 10 years",
        rule: "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        start: "2017-01-02T09:00:00",
        until: "2027-01-01T00:00:00Z",
    },
    Job {
        name: "monthly 2nd Tuesday with zone, 100 years",
        rule: "FREQ=MONTHLY;BYDAY=2TU",
        start: "2000-01-11T09:00:00",
        until: "2100-01-01T00:00:00Z",
    },
    Job {
        name: "yearly with zone, 100 years",
        rule: "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=14",
        start: "2000-03-14T09:00:00",
        until: "2100-01-01T00:00:00Z",
    },
];

fn main() {
    for job in &DECADE {
        occurrences_a_second(job);
    }
    for (name, rule) in [
        ("one month of a daily series begun 10 years ago", "FREQ=DAILY"),
        ("one month of a weekly series begun 10 years ago", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
        ("one month of a monthly series begun 10 years ago", "FREQ=MONTHLY;BYDAY=2TU"),
        ("one month of a counted series begun 10 years ago", "FREQ=MONTHLY;BYDAY=2TU;COUNT=500"),
    ] {
        window(name, rule);
    }
}

fn occurrences_a_second(job: &Job) {
    let series = series(job.rule, job.start);
    let until: Timestamp = job.until.parse().unwrap();
    let (ical, zone) = (by_ical_rs(job.rule, job.start), TimeZone::get(ZONE).unwrap());
    let rrule = by_rrule(job.rule, job.start);
    let last = chrono::DateTime::from_timestamp(until.as_second(), 0).unwrap();
    let ours = || series.iter().take_while(|slot| slot.start < until).fold(0, sum_slot);
    let theirs = || instants(&ical, &zone).take_while(|at| *at < until).fold(0, sum);
    let others = || rrule.into_iter().take_while(|at| *at < last).fold(0, |all, at| all + at.timestamp());
    assert_eq!(ours(), theirs());
    assert_eq!(ours(), others());
    let count = series.iter().take_while(|slot| slot.start < until).count() as f64;
    let medians = medians(&mut [&mut || ours(), &mut || theirs(), &mut || others()]);
    let rate = |nanoseconds: f64| count / nanoseconds * 1e3;
    for (peer, time) in [("ical-rs", medians[1]), ("rrule", medians[2])] {
        let (ours, theirs) = (rate(medians[0]), rate(time));
        println!(
            r#"{{"job":"{}","unit":"M occ/s","ours":{ours:.1},"peer":"{peer}","peer_figure":{theirs:.2},"ratio":{:.1}}}"#,
            job.name,
            ours / theirs
        );
    }
}

fn window(name: &str, rule: &str) {
    let start = "2017-01-10T09:00:00";
    let series = series(rule, start);
    let (ical, zone) = (by_ical_rs(rule, start), TimeZone::get(ZONE).unwrap());
    let from: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let until = from.checked_add((31 * 24).hours()).unwrap();
    let ours = || series.starts_between(from, until).fold(0, sum_slot);
    let theirs = || {
        let all = instants(&ical, &zone).skip_while(|at| *at < from);
        all.take_while(|at| *at < until).fold(0, sum)
    };
    let rrule = by_rrule(rule, start);
    let (first, last) =
        [from, until].map(|at| chrono::DateTime::from_timestamp(at.as_second(), 0).unwrap()).into();
    let others = || {
        let all = rrule.into_iter().skip_while(|at| *at < first);
        all.take_while(|at| *at < last).fold(0, |all, at| all + at.timestamp())
    };
    assert_eq!(ours(), theirs());
    assert_eq!(ours(), others());
    let medians = medians(&mut [&mut || ours(), &mut || theirs(), &mut || others()]);
    let ours = medians[0] / 1e3;
    for (peer, time) in [("ical-rs", medians[1]), ("rrule", medians[2])] {
        let theirs = time / 1e3;
        println!(
            r#"{{"job":"{name}","unit":"us","ours":{ours:.3},"peer":"{peer}","peer_figure":{theirs:.1},"ratio":{:.0}}}"#,
            theirs / ours
        );
    }
}

/// Median nanoseconds of each side, rounds alternating; each round runs for at least a millisecond.
fn medians(sides: &mut [&mut dyn FnMut() -> i64]) -> Vec<f64> {
    let repeats: Vec<u32> = sides.iter_mut().map(|side| repeats(side)).collect();
    let mut times = vec![Vec::new(); sides.len()];
    for _ in 0..ROUNDS {
        for ((side, repeats), times) in sides.iter_mut().zip(&repeats).zip(&mut times) {
            times.push(timed(side, *repeats).as_nanos() as f64 / f64::from(*repeats));
        }
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

fn repeats(side: &mut dyn FnMut() -> i64) -> u32 {
    let mut repeats = 1;
    while timed(side, repeats) < Duration::from_millis(1) {
        repeats *= 2;
    }
    repeats
}

fn timed(side: &mut dyn FnMut() -> i64, repeats: u32) -> Duration {
    let begun = Instant::now();
    for _ in 0..repeats {
        black_box(side());
    }
    begun.elapsed()
}

fn series(rule: &str, start: &str) -> Series {
    let anchor = Anchor::Zoned { local: start.parse().unwrap(), zone: TimeZone::get(ZONE).unwrap() };
    Series::new(&Rule::parse(rule).unwrap(), anchor).unwrap()
}

fn by_ical_rs(rule: &str, start: &str) -> IcalRecurExpand {
    let start = start.replace(['-', ':'], "");
    IcalRecurExpand::new(IcalRecurRule::parse(rule).unwrap(), IcalRecurDateTime::parse(&start).unwrap())
}

fn by_rrule(rule: &str, start: &str) -> rrule::RRuleSet {
    let start = start.replace(['-', ':'], "");
    format!("DTSTART;TZID={ZONE}:{start}\nRRULE:{rule}").parse().unwrap()
}

/// ical-rs stays on the wall clock; jiff makes instants of it.
fn instants<'a>(expand: &IcalRecurExpand, zone: &'a TimeZone) -> impl Iterator<Item = Timestamp> + 'a {
    expand.clone().map(|at| {
        let local = DateTime::new(
            at.year as i16,
            at.month as i8,
            at.day as i8,
            at.hour as i8,
            at.minute as i8,
            at.second as i8,
            0,
        );
        zone.to_timestamp(local.unwrap()).unwrap()
    })
}

fn sum(all: i64, at: Timestamp) -> i64 {
    all + at.as_second()
}

fn sum_slot(all: i64, slot: recurrence::Slot) -> i64 {
    black_box(slot.date);
    all + slot.start.as_second()
}
