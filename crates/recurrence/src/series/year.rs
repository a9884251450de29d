//! The days of a year that a YEARLY rule takes.

use super::month::MonthDays;
use super::plan::choose;
use crate::days;
use crate::rule::{ByDay, Rule};

#[derive(Debug, Clone)]
pub(super) struct YearDays {
    /// What the months give by themselves; none when only ordinals within the year count.
    months: Option<MonthDays>,
    /// `20MO` without BYMONTH: the twentieth Monday of the year.
    ordinals: Vec<ByDay>,
    /// BYMONTHDAY over those ordinals.
    limits: Option<MonthDays>,
    places: Vec<i16>,
}

impl YearDays {
    /// What the rule leaves out is taken from the start, in its month `start_month` on its day `start_day`.
    pub(super) fn compile(rule: &Rule, start_month: i32, start_day: i32) -> Self {
        let within_year = rule.by_month.is_empty();
        let (ordinals, plain): (Vec<ByDay>, Vec<ByDay>) =
            rule.by_day.iter().partition(|day| within_year && day.ordinal.is_some());
        let only_ordinals = !ordinals.is_empty() && plain.is_empty();
        let mut rest = Rule { by_day: plain, ..rule.clone() };
        let limits = (!ordinals.is_empty() && !rule.by_month_day.is_empty())
            .then(|| MonthDays::limits(&Rule { by_day: Vec::new(), ..rule.clone() }));
        if within_year && rest.by_month_day.is_empty() && rest.by_day.is_empty() {
            rest.by_month = i8::try_from(start_month).into_iter().collect();
        }
        let months = (!only_ordinals).then(|| MonthDays::of_year(&rest, start_day));
        Self { months, ordinals, limits, places: rule.by_set_pos.clone() }
    }

    /// Appends the days of a year in ascending order to an empty list.
    pub(super) fn fill(&self, year: i32, list: &mut Vec<i32>) {
        if let Some(months) = &self.months {
            months.push_year(year, list);
        }
        if !self.ordinals.is_empty() {
            list.extend(self.ordinals.iter().filter_map(|day| self.nth(year, *day)));
            list.sort_unstable();
            list.dedup();
        }
        choose(&self.places, list);
    }

    fn nth(&self, year: i32, day: ByDay) -> Option<i32> {
        let (first, length) = (days::first_of_month(year * 12), days::length_of_year(year));
        let weekday = days::index_of(day.weekday);
        let ordinal = i32::from(day.ordinal?);
        let found = if ordinal > 0 {
            first + (weekday - days::weekday_of(first)).rem_euclid(7) + (ordinal - 1) * 7
        } else {
            let last = first + length - 1;
            last - (days::weekday_of(last) - weekday).rem_euclid(7) + (ordinal + 1) * 7
        };
        let inside = (first..first + length).contains(&found);
        (inside && self.limits.as_ref().is_none_or(|limits| limits.allows(found))).then_some(found)
    }
}
