//! Laws that hold for every rule.

use jiff::ToSpan;
use proptest::prelude::*;
use recurrence::{Anchor, End, Rule, Series, Slot};

use crate::brute;
use crate::rules::{anchor, horizon, rule};

fn until_horizon(series: &Series) -> Vec<Slot> {
    let last = horizon(series.anchor());
    series.iter().take_while(|slot| slot.date <= last).collect()
}

fn series(rule: &Rule, anchor: &Anchor) -> Series {
    Series::new(rule, anchor.clone()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_slow_expander_agrees(rule in rule(), anchor in anchor()) {
        let expected = brute::expand(&rule, &anchor, horizon(&anchor));
        prop_assert_eq!(until_horizon(&series(&rule, &anchor)), expected, "{} from {:?}", rule, anchor);
    }

    #[test]
    fn a_window_is_a_filter_of_the_whole(rule in rule(), anchor in anchor(), ahead in 0i64..5000, long in 0i64..900) {
        let series = series(&rule, &anchor);
        let begin = brute::slot_on(&anchor, anchor.date()).start;
        let from = begin.checked_add((ahead * 24 - 700).hours()).unwrap();
        let until = from.checked_add((long * 24 + 7).hours()).unwrap();
        let window: Vec<Slot> = series.starts_between(from, until).collect();
        let whole = series.iter().skip_while(|slot| slot.start < from).take_while(|slot| slot.start < until);
        prop_assert_eq!(window, whole.collect::<Vec<_>>(), "{}", rule);
    }

    #[test]
    fn text_comes_back(rule in rule()) {
        let mut sorted = rule.clone();
        sorted.by_day.sort_by_key(|day| (day.ordinal.unwrap_or(0), day.weekday.to_monday_zero_offset()));
        prop_assert_eq!(Rule::parse(&rule.to_string()).unwrap(), sorted.clone());
        let line = format!("RRULE:{rule}");
        prop_assert_eq!(Rule::parse(&line).unwrap(), sorted);
    }

    #[test]
    fn cancelled_occurrences_are_left_out_and_counted(
        rule in rule(), anchor in anchor(), picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let whole = until_horizon(&series(&rule, &anchor));
        prop_assume!(!whole.is_empty());
        let dates: Vec<_> = picks.iter().map(|pick| pick.get(&whole).date).collect();
        let left = series(&rule, &anchor).with_cancelled(dates.clone());
        let expected: Vec<_> = whole.iter().filter(|slot| !dates.contains(&slot.date)).copied().collect();
        prop_assert_eq!(until_horizon(&left), expected, "{}", rule);
        prop_assert!(dates.iter().all(|date| !left.contains_date(*date)));
    }

    #[test]
    fn the_last_one_and_the_dates_are_known(rule in rule(), anchor in anchor(), cancel_last in any::<bool>()) {
        let mut series = series(&rule, &anchor);
        if cancel_last && let Some(slot) = series.last() {
            series = series.with_cancelled([slot.date]);
        }
        match rule.end {
            End::Never => prop_assert_eq!(series.last(), None),
            _ => prop_assert_eq!(series.last(), series.iter().last(), "{}", rule),
        }
        let slots = until_horizon(&series);
        let mut day = anchor.date().checked_sub(40.days()).unwrap();
        let last = day.checked_add(500.days()).unwrap();
        while day <= last {
            let there = slots.iter().any(|slot| slot.date == day);
            prop_assert_eq!(series.contains_date(day), there, "{} on {}", rule, day);
            day = day.tomorrow().unwrap();
        }
    }

    #[test]
    fn any_text_is_read_or_refused_quickly(text in "(RRULE:)?(FREQ|COUNT|BYDAY|UNTIL|;|=|,|-|[0-9A-Z]){0,40}\\PC{0,8}") {
        if let Ok(rule) = Rule::parse(&text) {
            prop_assert_eq!(Rule::parse(&rule.to_string()), Ok(rule));
        }
    }
}
