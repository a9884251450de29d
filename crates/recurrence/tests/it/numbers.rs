//! Known series with their known occurrences: week starts, days 29 to 31, UNTIL, daylight saving time, ends.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use recurrence::{Anchor, Rule, RuleLines, Series, Slot};

/// `2027-03-14T02:30 America/New_York`, or a date for an all-day series.
pub(crate) fn anchor(text: &str) -> Anchor {
    match text.split_once(' ') {
        Some((local, zone)) => {
            Anchor::Zoned { local: local.parse().unwrap(), zone: TimeZone::get(zone).unwrap() }
        }
        None => Anchor::Date(text.parse().unwrap()),
    }
}

fn series(rule: &str, start: &str) -> Series {
    Series::new(&Rule::parse(rule).unwrap(), anchor(start)).unwrap()
}

fn dates(slots: impl Iterator<Item = Slot>, most: usize) -> String {
    slots.take(most).map(|slot| slot.date.to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn dates_are_as_known() {
    let cases = [
        // The start of the week tells with an interval above 1.
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05",
            "1997-08-05 1997-08-10 1997-08-19 1997-08-24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05",
            "1997-08-05 1997-08-17 1997-08-19 1997-08-31",
        ),
        // RFC 5545 skips the months without the day, Outlook's forms fall back to their last.
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4", "2027-01-31", "2027-01-31 2027-03-31 2027-05-31 2027-07-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4", "2027-01-31", "2027-01-31 2027-02-28 2027-03-31 2027-04-30"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1;COUNT=4",
            "2027-01-30",
            "2027-01-30 2027-02-28 2027-03-30 2027-04-30",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1;COUNT=3",
            "2028-01-29",
            "2028-01-29 2028-02-29 2028-03-29",
        ),
        ("FREQ=MONTHLY;COUNT=3", "2027-01-30", "2027-01-30 2027-03-30 2027-04-30"),
        ("FREQ=YEARLY;COUNT=3", "2024-02-29", "2024-02-29 2028-02-29 2032-02-29"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1;COUNT=3", "2024-02-29", "2024-02-29 2025-02-28 2026-02-28"),
        // The second among all Thursdays and Fridays, not the second of each.
        (
            "FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=2;COUNT=4",
            "2027-01-07",
            "2027-01-07 2027-02-05 2027-03-05 2027-04-02",
        ),
        ("FREQ=MONTHLY;BYDAY=2TH,2FR;COUNT=4", "2027-01-08", "2027-01-08 2027-01-14 2027-02-11 2027-02-12"),
        // Places count within the whole period, the start only cuts.
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1;COUNT=3",
            "2027-01-15",
            "2027-01-29 2027-02-01 2027-02-26",
        ),
        ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05-19", "1997-05-19 1998-05-18 1999-05-17"),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;INTERVAL=4;COUNT=3",
            "1996-11-05",
            "1996-11-05 2000-11-07 2004-11-02",
        ),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "1998-02-13", "1998-02-13 1998-03-13 1998-11-13"),
        ("FREQ=DAILY;INTERVAL=3;BYMONTH=2;COUNT=3", "2027-02-25", "2027-02-25 2027-02-28 2028-02-02"),
        ("FREQ=DAILY;BYSETPOS=-1;COUNT=2", "2027-02-25", "2027-02-25 2027-02-26"),
        // A start its rule does not match is not one of the occurrences.
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=2", "2027-01-06", "2027-01-11 2027-01-18"),
        // An end before the start leaves nothing.
        ("FREQ=DAILY;UNTIL=20270101", "2027-01-06", ""),
        ("FREQ=DAILY;UNTIL=20270107T120000", "2027-01-06", "2027-01-06 2027-01-07"),
        // The calendar ends.
        ("FREQ=YEARLY;COUNT=3", "9998-01-01", "9998-01-01 9999-01-01"),
    ];
    for (rule, start, expected) in cases {
        let series = series(rule, start);
        assert_eq!(dates(series.iter(), 20), expected, "{rule} from {start}");
        assert_eq!(series.last(), series.iter().last(), "{rule} from {start}");
    }
}

#[test]
fn until_is_an_instant() {
    let start = "2027-01-29T18:00 America/Los_Angeles";
    for (until, expected) in [
        ("20270131T000000Z", "2027-01-29"),
        ("20270131T235959Z", "2027-01-29 2027-01-30"),
        ("20270201T015959Z", "2027-01-29 2027-01-30"),
        ("20270201T020000Z", "2027-01-29 2027-01-30 2027-01-31"),
        ("20270201T075959Z", "2027-01-29 2027-01-30 2027-01-31"),
        ("20270130", "2027-01-29 2027-01-30"),
        ("20270130T180000", "2027-01-29 2027-01-30"),
        ("20270130T175959", "2027-01-29"),
    ] {
        let series = series(&format!("FREQ=DAILY;UNTIL={until}"), start);
        assert_eq!(dates(series.iter(), 9), expected, "{until}");
    }
}

#[test]
fn clocks_change_and_the_wall_time_stays() {
    let cases = [
        // Through a gap: forward. Then back at the wall time.
        ("2027-03-13T02:30 America/New_York", "2027-03-13T07:30Z 2027-03-14T07:30Z 2027-03-15T06:30Z"),
        // Exactly at the edges of the gap.
        ("2027-03-13T02:00 America/New_York", "2027-03-13T07:00Z 2027-03-14T07:00Z 2027-03-15T06:00Z"),
        ("2027-03-13T03:00 America/New_York", "2027-03-13T08:00Z 2027-03-14T07:00Z 2027-03-15T07:00Z"),
        // Through an overlap: the first of the two.
        ("2027-11-06T01:30 America/New_York", "2027-11-06T05:30Z 2027-11-07T05:30Z 2027-11-08T06:30Z"),
        ("2027-11-06T02:00 America/New_York", "2027-11-06T06:00Z 2027-11-07T07:00Z 2027-11-08T07:00Z"),
        // A day that never was: its occurrence falls on the next.
        ("2011-12-29T09:00 Pacific/Apia", "2011-12-29T19:00Z 2011-12-30T19:00Z 2011-12-30T19:00Z"),
        // Half an hour only.
        ("2027-10-02T02:15 Australia/Lord_Howe", "2027-10-01T15:45Z 2027-10-02T15:45Z 2027-10-03T15:15Z"),
    ];
    for (start, expected) in cases {
        let series = series("FREQ=DAILY;COUNT=3", start);
        let starts: Vec<String> =
            series.iter().map(|slot| slot.start.strftime("%Y-%m-%dT%H:%MZ").to_string()).collect();
        assert_eq!(starts.join(" "), expected, "{start}");
    }
}

#[test]
fn count_counts_cancelled_occurrences() {
    let day = |text: &str| text.parse::<Date>().unwrap();
    let series = series("FREQ=DAILY;COUNT=4", "2027-01-01");
    let series =
        series.with_cancelled([day("2027-01-04"), day("2027-01-02"), day("2026-01-01"), day("2027-01-02")]);
    assert_eq!(dates(series.iter(), 9), "2027-01-01 2027-01-03");
    assert_eq!(series.last().unwrap().date, day("2027-01-03"));
    let all = series.with_cancelled([day("2027-01-01"), day("2027-01-03")]);
    assert_eq!((all.iter().next(), all.last()), (None, None));
}

#[test]
fn lines_take_away_and_add() {
    let lines = [
        "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO",
        "EXDATE;TZID=Europe/Berlin:20270111T090000",
        // Not the time of the occurrence: takes nothing away.
        "EXDATE:20270118T090000Z",
        "EXDATE;VALUE=DATE:20270125",
        "RDATE;TZID=Europe/Berlin:20270125T090000,20270119T150000",
        "RDATE:20270104T080000Z",
    ];
    let lines = RuleLines::parse(&lines).unwrap();
    let series = Series::from_lines(&lines, anchor("2027-01-04T09:00 Europe/Berlin")).unwrap();
    assert_eq!(dates(series.iter(), 9), "2027-01-04 2027-01-18 2027-01-19");
    assert_eq!(dates(series.starts_between(at("2027-01-19T00:00Z"), Timestamp::MAX), 9), "2027-01-19");
    let alone = RuleLines::parse::<&str>(&[]).unwrap();
    let once = Series::from_lines(&alone, anchor("2027-01-04")).unwrap();
    assert_eq!(dates(once.iter(), 9), "2027-01-04");
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn fractions_of_a_second_are_kept() {
    let local: DateTime = "2027-03-13T02:59:59.75".parse().unwrap();
    let anchor = Anchor::Zoned { local, zone: TimeZone::get("America/New_York").unwrap() };
    let series = Series::new(&Rule::parse("FREQ=DAILY;COUNT=400").unwrap(), anchor.clone()).unwrap();
    for slot in series.iter() {
        assert_eq!(Some(slot.start), anchor.start_on(slot.date));
    }
}

#[test]
fn hostile_rules_end() {
    for rule in [
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=4294967295",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=DAILY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3",
        "FREQ=WEEKLY;INTERVAL=52;BYMONTH=2;BYDAY=MO,TU;BYSETPOS=5;COUNT=9",
        "FREQ=YEARLY;BYDAY=53MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
    ] {
        let endless = series(rule, "0001-01-01T00:00 Europe/Berlin");
        assert_eq!(endless.iter().next(), None, "{rule}");
        assert_eq!(endless.last(), None, "{rule}");
        assert_eq!(endless.starts_between(at("2027-01-01T00:00Z"), Timestamp::MAX).next(), None, "{rule}");
    }
    for rule in
        ["FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;COUNT=4294967295", "FREQ=YEARLY;BYDAY=MO;COUNT=4000000"]
    {
        let window = (at("2027-01-01T00:00Z"), at("2027-02-01T00:00Z"));
        assert!(
            series(rule, "0001-01-01T00:00 UTC").starts_between(window.0, window.1).next().is_some(),
            "{rule}"
        );
    }
    let far =
        series("FREQ=DAILY", "2027-01-01").starts_between(at("2027-01-01T00:00Z"), Timestamp::MAX).count();
    assert!(far > 2_900_000);
    let before = at("2027-01-01T00:00Z").checked_sub(1.hours()).unwrap();
    assert_eq!(series("FREQ=DAILY", "2027-01-01").starts_between(Timestamp::MIN, before).next(), None);
}
