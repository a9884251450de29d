//! Second opinions: the crates ical-rs and rrule on the same random rules.
//!
//! Where they are known to differ, a named predicate says so, and the rule is not put to them.

use ical::recur::expand::IcalRecurExpand;
use ical::recur::{IcalRecurDateTime, IcalRecurRule};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use recurrence::{Anchor, End, Rule, Series, Until};

use crate::rules::{YEARS, date, rule};

fn ours(rule: &Rule, start: Date) -> Vec<Date> {
    let anchor = Anchor::Zoned { local: start.at(9, 0, 0, 0), zone: TimeZone::UTC };
    let last = start.year() + YEARS;
    let series = Series::new(rule, anchor).unwrap();
    series.iter().map(|slot| slot.date).take_while(|date| date.year() < last).collect()
}

fn by_ical_rs(rule: &Rule, start: Date) -> Vec<Date> {
    let parsed = IcalRecurRule::parse(&rule.to_string()).unwrap();
    let narrow = |value: i8| u8::try_from(value).unwrap();
    let mut begin = IcalRecurDateTime::date(start.year().into(), narrow(start.month()), narrow(start.day()));
    begin.hour = 9;
    let last = i32::from(start.year() + YEARS);
    let read = |at: IcalRecurDateTime| {
        let (year, month, day) = (at.year.try_into(), at.month.try_into(), at.day.try_into());
        Date::new(year.unwrap(), month.unwrap(), day.unwrap()).unwrap()
    };
    IcalRecurExpand::new(parsed, begin).take_while(|at| at.year < last).map(read).collect()
}

fn by_rrule(rule: &Rule, start: Date) -> Option<Vec<Date>> {
    use chrono::Datelike as _;
    let text = format!("DTSTART:{}T090000Z\nRRULE:{rule}", start.strftime("%Y%m%d"));
    let set: rrule::RRuleSet = text.parse().ok()?;
    let last = i32::from(start.year() + YEARS);
    let read = |at: chrono::DateTime<rrule::Tz>| {
        let date = at.date_naive();
        let (month, day) = (i8::try_from(date.month()).unwrap(), i8::try_from(date.day()).unwrap());
        Date::new(i16::try_from(date.year()).unwrap(), month, day).unwrap()
    };
    Some((&set).into_iter().take_while(|at| at.year() < last).map(read).collect())
}

/// UNTIL as a date or without a zone is not told apart from an instant, or refused.
fn ends_loosely(rule: &Rule) -> bool {
    matches!(rule.end, End::Until(Until::Date(_) | Until::Local(_)))
}

/// rrule chooses BYSETPOS among what is left of the first period after its start, RFC 5545 among the whole period.
fn chooses_by_place(rule: &Rule) -> bool {
    !rule.by_set_pos.is_empty()
}

/// rrule takes `BYDAY=MO,1MO` for the first Monday alone; RFC 5545 adds the two up.
fn mixes_ordinals(rule: &Rule) -> bool {
    let numbered = rule.by_day.iter().filter(|day| day.ordinal.is_some()).count();
    numbered != 0 && numbered != rule.by_day.len()
}

/// A message that fits on a screen.
fn first_difference(ours: &[Date], theirs: &[Date]) -> Option<(usize, Option<Date>, Option<Date>)> {
    let length = ours.len().max(theirs.len());
    let pairs = (0..length).map(|place| (place, ours.get(place).copied(), theirs.get(place).copied()));
    pairs.into_iter().find(|(_, ours, theirs)| ours != theirs)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ical_rs_agrees(rule in rule(), start in date()) {
        prop_assume!(!ends_loosely(&rule));
        let difference = first_difference(&ours(&rule, start), &by_ical_rs(&rule, start));
        prop_assert_eq!(difference, None, "{} from {}", rule, start);
    }

    #[test]
    fn rrule_agrees(rule in rule(), start in date()) {
        prop_assume!(!ends_loosely(&rule) && !chooses_by_place(&rule) && !mixes_ordinals(&rule));
        let Some(theirs) = by_rrule(&rule, start) else {
            return Err(TestCaseError::reject("the crate refuses the rule"));
        };
        prop_assert_eq!(first_difference(&ours(&rule, start), &theirs), None, "{} from {}", rule, start);
    }
}
