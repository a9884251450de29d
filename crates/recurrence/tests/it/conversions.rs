//! Graph, rules and the simple pattern: the way there and back, and the refusals.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use recurrence::graph::{self, PatternedRecurrence, RecurrencePattern, RecurrenceRange, WeekIndex};
use recurrence::{Anchor, End, Rule, Series, Slot, Until, simple};
use serde_json::json;

use crate::numbers::anchor as anchor_at;
use crate::rules::{anchor, date, horizon, rule, weekday};

fn graph(pattern: serde_json::Value, range: serde_json::Value) -> PatternedRecurrence {
    serde_json::from_value(json!({"pattern": pattern, "range": range})).unwrap()
}

fn rule_of(recurrence: &PatternedRecurrence) -> String {
    graph::to_rule(recurrence, &TimeZone::get("America/Los_Angeles").unwrap(), false).unwrap().to_string()
}

#[test]
fn graph_patterns_become_rules_and_come_back() {
    let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    let cases = [
        (json!({"type": "daily", "interval": 3}), "2027-01-29", "FREQ=DAILY;INTERVAL=3;WKST=MO"),
        (
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["tuesday", "sunday"], "firstDayOfWeek": "sunday"}),
            "2027-02-02",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 15}),
            "2027-01-15",
            "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=15;WKST=MO",
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
            "2027-01-31",
            "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=-1;WKST=MO",
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30}),
            "2027-01-30",
            "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29,30;BYSETPOS=-1;WKST=MO",
        ),
        (
            json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 29}),
            "2027-01-29",
            "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29;BYSETPOS=-1;WKST=MO",
        ),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"], "index": "second"}),
            "2027-01-12",
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=2TU;WKST=MO",
        ),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["thursday", "friday"], "index": "second"}),
            "2027-01-07",
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=TH,FR;BYSETPOS=2;WKST=MO",
        ),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": weekdays, "index": "last"}),
            "2027-01-29",
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;WKST=MO",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "month": 1, "dayOfMonth": 31}),
            "2027-01-31",
            "FREQ=YEARLY;INTERVAL=1;BYMONTH=1;BYMONTHDAY=31;WKST=MO",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "month": 2, "dayOfMonth": 29}),
            "2028-02-29",
            "FREQ=YEARLY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1;WKST=MO",
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "month": 11, "daysOfWeek": ["thursday"], "index": "fourth"}),
            "2027-11-25",
            "FREQ=YEARLY;INTERVAL=1;BYMONTH=11;BYDAY=4TH;WKST=MO",
        ),
    ];
    for (pattern, start, expected) in cases {
        for range in [
            json!({"type": "noEnd", "startDate": start, "recurrenceTimeZone": "Pacific Standard Time"}),
            json!({"type": "numbered", "startDate": start, "numberOfOccurrences": 10, "recurrenceTimeZone": "Pacific Standard Time"}),
        ] {
            let recurrence = graph(pattern.clone(), range.clone());
            let text = rule_of(&recurrence);
            assert_eq!(text.replace(";COUNT=10", ""), expected);
            let start = anchor_at(&format!("{start}T18:00 America/Los_Angeles"));
            let back = graph::from_rule(&Rule::parse(&text).unwrap(), &start, Some("Pacific Standard Time"));
            let sent = serde_json::to_value(back.unwrap()).unwrap();
            assert_eq!(sent, json!({"pattern": pattern, "range": range}), "{text}");
        }
    }
}

#[test]
fn unused_members_are_passed_over() {
    let read = graph(
        json!({"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": [], "firstDayOfWeek": "sunday", "index": "first"}),
        json!({"type": "noEnd", "startDate": "2027-01-29", "endDate": "0001-01-01", "recurrenceTimeZone": "", "numberOfOccurrences": 0}),
    );
    let start_date = "2027-01-29".parse().unwrap();
    assert_eq!(read.pattern, RecurrencePattern::Daily { interval: 1 });
    assert_eq!(read.range, RecurrenceRange::NoEnd { start_date, recurrence_time_zone: None });
    let weekly =
        json!({"type": "weekly", "interval": 1, "month": 0, "daysOfWeek": ["Friday"], "index": null});
    let read = graph(weekly, json!({"type": "noEnd", "startDate": "2027-01-29"}));
    assert!(rule_of(&read).ends_with("WKST=SU"), "Graph's week starts on Sunday");
}

#[test]
fn end_dates_are_local_days_and_until_is_an_instant() {
    let start = anchor_at("2027-01-29T18:00 America/Los_Angeles");
    let range = json!({"type": "endDate", "startDate": "2027-01-29", "endDate": "2027-01-31"});
    let text = rule_of(&graph(json!({"type": "daily", "interval": 1}), range));
    assert_eq!(text, "FREQ=DAILY;INTERVAL=1;WKST=MO;UNTIL=20270201T075959Z");
    for (until, end) in [
        ("20270131T000000Z", "2027-01-29"),
        ("20270131T235959Z", "2027-01-30"),
        ("20270201T075959Z", "2027-01-31"),
    ] {
        let rule = Rule::parse(&format!("FREQ=DAILY;UNTIL={until}")).unwrap();
        let RecurrenceRange::EndDate { end_date, .. } = graph::from_rule(&rule, &start, None).unwrap().range
        else {
            panic!("an UNTIL is an endDate");
        };
        assert_eq!(end_date.to_string(), end, "{until}");
    }
    let range = json!({"type": "endDate", "startDate": "2027-01-29", "endDate": "2027-01-31", "recurrenceTimeZone": "tzone://Microsoft/Custom"});
    let custom = graph(json!({"type": "daily", "interval": 1}), range);
    assert!(graph::to_rule(&custom, &TimeZone::UTC, false).is_err());
    assert_eq!(
        graph::to_rule(&custom, &TimeZone::UTC, true).unwrap().end,
        End::Until(Until::Date("2027-01-31".parse().unwrap()))
    );
}

#[test]
fn what_graph_cannot_say_is_refused() {
    for (rule, start) in [
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2027-01-31"),
        ("FREQ=MONTHLY", "2027-01-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "2027-01-15"),
        ("FREQ=MONTHLY;BYDAY=5MO", "2027-03-29"),
        ("FREQ=MONTHLY;BYDAY=2TH,2FR", "2027-01-08"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2027-08-13"),
        ("FREQ=MONTHLY;BYMONTH=1;BYMONTHDAY=2", "2027-01-02"),
        ("FREQ=YEARLY", "2028-02-29"),
        ("FREQ=YEARLY;BYDAY=20MO", "2027-05-17"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "2027-05-01"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=MO", "2027-01-04"),
        ("FREQ=WEEKLY;BYMONTH=1;BYDAY=MO", "2027-01-04"),
        ("FREQ=WEEKLY;BYDAY=MO", "2027-01-05"),
        ("FREQ=DAILY;UNTIL=20260101", "2027-01-05"),
    ] {
        let refused = graph::from_rule(&Rule::parse(rule).unwrap(), &anchor_at(start), None);
        assert!(refused.is_err(), "{rule}: {refused:?}");
    }
}

#[test]
fn simple_patterns_know_whether_they_tell_the_truth() {
    for (rule, start, lossless) in [
        ("FREQ=DAILY;INTERVAL=2;COUNT=5", "2027-01-05", true),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2027-01-05", true),
        ("FREQ=WEEKLY;BYDAY=TU,TH;WKST=SU", "2027-01-05", true),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU", "2027-01-05", true),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU", "2027-01-05", false),
        ("FREQ=MONTHLY;BYMONTHDAY=28", "2027-01-28", true),
        ("FREQ=MONTHLY;BYMONTHDAY=29", "2027-01-29", false),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-01-31", false),
        ("FREQ=MONTHLY;BYDAY=2TU", "2027-01-12", false),
        ("FREQ=YEARLY", "2027-01-31", true),
        ("FREQ=YEARLY", "2028-02-29", false),
        ("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=31", "2027-01-31", true),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=3", "2027-01-31", false),
        ("FREQ=WEEKLY;BYDAY=MO", "2027-01-05", false),
    ] {
        let simple = simple::from_rule(&Rule::parse(rule).unwrap(), &anchor_at(start));
        assert_eq!(simple.lossless, lossless, "{rule}: {:?}", simple.pattern);
    }
    let text = json!({"type": "weekly", "interval": 2, "days_of_week": ["monday"], "occurrence_count": 3});
    let pattern: simple::SimplePattern = serde_json::from_value(text.clone()).unwrap();
    assert_eq!(serde_json::to_value(&pattern).unwrap(), text);
    let rule = simple::to_rule(&pattern, &anchor_at("2027-01-04")).unwrap();
    assert_eq!(rule.to_string(), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=MO;COUNT=3");
    for wrong in [
        json!({"type": "weekly", "days_of_week": ["moonday"]}),
        json!({"type": "monthly", "day_of_month": 32}),
        json!({"type": "monthly", "day_of_month": 0}),
        json!({"type": "yearly", "day_of_month": 30}),
        json!({"type": "daily", "interval": 0}),
        json!({"type": "daily", "occurrence_count": 0}),
        json!({"type": "daily", "occurrence_count": 1, "end_date": "2027-01-01T00:00:00Z"}),
    ] {
        let pattern: simple::SimplePattern = serde_json::from_value(wrong.clone()).unwrap();
        assert!(simple::to_rule(&pattern, &anchor_at("2027-02-04")).is_err(), "{wrong}");
    }
}

fn starts(rule: &Rule, anchor: &Anchor) -> Vec<Slot> {
    let series = Series::new(rule, anchor.clone()).unwrap();
    series.iter().take_while(|slot| slot.date <= horizon(anchor)).collect()
}

/// The anchor moved to the first occurrence of the rule.
fn at_first(rule: &Rule, anchor: &Anchor) -> Option<Anchor> {
    let first = Series::new(rule, anchor.clone()).unwrap().iter().next()?.date;
    Some(match anchor {
        Anchor::Date(_) => Anchor::Date(first),
        Anchor::Zoned { local, zone } => {
            Anchor::Zoned { local: first.to_datetime(local.time()), zone: zone.clone() }
        }
    })
}

fn pattern() -> impl Strategy<Value = RecurrencePattern> {
    let days = || proptest::collection::btree_set(0i8..7, 1..4);
    let sorted = |set: std::collections::BTreeSet<i8>| {
        set.into_iter().map(|day| jiff::civil::Weekday::from_monday_zero_offset(day).unwrap()).collect()
    };
    let index = proptest::sample::select(vec![
        WeekIndex::First,
        WeekIndex::Second,
        WeekIndex::Third,
        WeekIndex::Fourth,
        WeekIndex::Last,
    ]);
    let longest = |month: u8| {
        if month == 2 {
            29
        } else if [4, 6, 9, 11].contains(&month) {
            30
        } else {
            31
        }
    };
    let yearly = (1u8..=12).prop_flat_map(move |month| (Just(month), 1u8..=longest(month)));
    prop_oneof![
        (1u32..4).prop_map(|interval| RecurrencePattern::Daily { interval }),
        (1u32..4, days(), weekday()).prop_map(move |(interval, days, first_day_of_week)| {
            RecurrencePattern::Weekly { interval, days_of_week: sorted(days), first_day_of_week }
        }),
        (1u32..4, 1u8..=31).prop_map(|(interval, day_of_month)| RecurrencePattern::AbsoluteMonthly {
            interval,
            day_of_month
        }),
        (1u32..4, days(), index.clone()).prop_map(move |(interval, days, index)| {
            RecurrencePattern::RelativeMonthly { interval, days_of_week: sorted(days), index }
        }),
        (1u32..4, yearly).prop_map(|(interval, (month, day_of_month))| {
            RecurrencePattern::AbsoluteYearly { interval, month, day_of_month }
        }),
        (1u32..4, 1u8..=12, days(), index).prop_map(move |(interval, month, days, index)| {
            RecurrencePattern::RelativeYearly { interval, month, days_of_week: sorted(days), index }
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_graph_pattern_comes_back(pattern in pattern(), anchor in anchor(), end in proptest::option::of(date()), count in 1u32..99) {
        let zone = match &anchor { Anchor::Zoned { zone, .. } => zone.clone(), Anchor::Date(_) => TimeZone::UTC };
        let start_date = anchor.date();
        let recurrence_time_zone = None;
        let range = match end {
            Some(end_date) => RecurrenceRange::EndDate { start_date, end_date, recurrence_time_zone },
            None => RecurrenceRange::Numbered { start_date, number_of_occurrences: count, recurrence_time_zone },
        };
        let rule = graph::to_rule(&PatternedRecurrence { pattern: pattern.clone(), range }, &zone, anchor.is_all_day()).unwrap();
        let Some(anchor) = at_first(&rule, &anchor) else { return Ok(()) };
        let back = graph::from_rule(&rule, &anchor, None).unwrap();
        prop_assert_eq!(&back.pattern, &pattern, "{}", rule);
        let again = graph::to_rule(&back, &zone, anchor.is_all_day()).unwrap();
        prop_assert_eq!(starts(&again, &anchor), starts(&rule, &anchor), "{} and {}", rule, again);
    }

    #[test]
    fn a_mirrored_rule_has_the_same_occurrences(rule in rule(), anchor in anchor()) {
        let Some(anchor) = at_first(&rule, &anchor) else { return Ok(()) };
        let zone = match &anchor { Anchor::Zoned { zone, .. } => zone.clone(), Anchor::Date(_) => TimeZone::UTC };
        if let Ok(mirrored) = graph::from_rule(&rule, &anchor, None) {
            let back = graph::to_rule(&mirrored, &zone, anchor.is_all_day()).unwrap();
            prop_assert_eq!(starts(&back, &anchor), starts(&rule, &anchor), "{} and {}", rule, back);
        }
    }

    #[test]
    fn a_lossless_pattern_has_the_same_occurrences(rule in rule(), anchor in anchor()) {
        let Some(anchor) = at_first(&rule, &anchor) else { return Ok(()) };
        let simple = simple::from_rule(&rule, &anchor);
        if simple.lossless {
            let back = simple::to_rule(&simple.pattern, &anchor).unwrap();
            prop_assert_eq!(starts(&back, &anchor), starts(&rule, &anchor), "{} and {}", rule, back);
        }
    }

    #[test]
    fn graph_ends_hold_for_every_instant(anchor in anchor(), hours in 0i64..20_000) {
        let begin = anchor.start_on(anchor.date()).unwrap();
        let until: Timestamp = begin.checked_add(hours.hours()).unwrap();
        let rule = Rule { end: End::Until(Until::Instant(until)), ..Rule::every(1, recurrence::Frequency::Daily) };
        let zone = match &anchor { Anchor::Zoned { zone, .. } => zone.clone(), Anchor::Date(_) => TimeZone::UTC };
        let back = graph::to_rule(&graph::from_rule(&rule, &anchor, None).unwrap(), &zone, anchor.is_all_day()).unwrap();
        prop_assert_eq!(starts(&back, &anchor), starts(&rule, &anchor), "{}", until);
    }
}
