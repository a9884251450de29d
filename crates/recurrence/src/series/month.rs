//! The days of a month that a rule takes, looked up by the two things that tell months apart: the weekday of
//! their first day and their length.

use super::plan::{choose, push_bits};
use crate::days;
use crate::rule::{ByDay, Frequency, Rule};

/// For each kind of month the days that count; bit 0 is the first of the month.
#[derive(Debug, Clone)]
pub(super) struct MonthDays {
    /// By weekday of the first day, then by length less 28.
    masks: [[u32; 4]; 7],
    /// Bit 0 is January.
    months: u16,
}

/// All 31 days.
const ALL: u32 = u32::MAX >> 1;
/// The first of the month and every seventh day after it.
const SEVENTHS: u32 = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28;

impl MonthDays {
    /// A MONTHLY rule, BYSETPOS applied to each month; without any day in it the day of the start counts.
    pub(super) fn of_month(rule: &Rule, start_day: i32) -> Self {
        let days = Self::of_year(rule, start_day);
        match rule.by_set_pos.is_empty() {
            true => days,
            false => days.map(|mask| chosen(mask, &rule.by_set_pos)),
        }
    }

    /// The months of a YEARLY rule whose ordinals count within months.
    pub(super) fn of_year(rule: &Rule, start_day: i32) -> Self {
        if rule.by_month_day.is_empty() && rule.by_day.is_empty() {
            let start = Rule { by_month_day: i8::try_from(start_day).into_iter().collect(), ..bare(rule) };
            return Self::limits(&start);
        }
        Self::limits(rule)
    }

    /// BYMONTH, BYMONTHDAY and BYDAY, each narrowing the other; absent ones let every day through.
    pub(super) fn limits(rule: &Rule) -> Self {
        let months = rule.by_month.iter().fold(0u16, |mask, month| mask | 1 << (month - 1));
        let months = if months == 0 { 0xFFF } else { months };
        let mut masks = [[0; 4]; 7];
        for (weekday, row) in (0..).zip(&mut masks) {
            for (length, mask) in (28..).zip(row) {
                *mask = month_days(&rule.by_month_day, length) & week_days(&rule.by_day, weekday, length);
            }
        }
        Self { masks, months }
    }

    /// Appends the days that count in a month, months counted from January of year 0.
    pub(super) fn push(&self, month: i32, list: &mut Vec<i32>) {
        if self.months & 1 << month.rem_euclid(12) != 0 {
            let first = days::first_of_month(month);
            push_bits(first, self.mask(month, first), list);
        }
    }

    /// Appends the days that count in a year.
    pub(super) fn push_year(&self, year: i32, list: &mut Vec<i32>) {
        let mut left = self.months;
        while left != 0 {
            // At most 11 zeros stand before a set bit.
            let month = year * 12 + left.trailing_zeros().cast_signed();
            let first = days::first_of_month(month);
            push_bits(first, self.mask(month, first), list);
            left &= left - 1;
        }
    }

    /// Whether a day counts.
    pub(super) fn allows(&self, day: i32) -> bool {
        let (month, day_of_month) = days::month_of(day);
        let in_month = self.months & 1 << month.rem_euclid(12) != 0;
        in_month && self.mask(month, day - day_of_month + 1) & 1 << (day_of_month - 1) != 0
    }

    /// The days of a month that begins on day `first`.
    fn mask(&self, month: i32, first: i32) -> u32 {
        let row = usize::try_from(days::weekday_of(first)).ok().and_then(|weekday| self.masks.get(weekday));
        let column = usize::try_from(days::length_of_month(month) - 28).unwrap_or_default();
        row.and_then(|row| row.get(column)).copied().unwrap_or_default()
    }

    fn map(mut self, change: impl Fn(u32) -> u32) -> Self {
        for mask in self.masks.iter_mut().flatten() {
            *mask = change(*mask);
        }
        self
    }
}

/// The rule with its months alone.
fn bare(rule: &Rule) -> Rule {
    Rule { by_month: rule.by_month.clone(), ..Rule::every(1, Frequency::Monthly) }
}

fn month_days(wanted: &[i8], length: i32) -> u32 {
    let whole = ALL >> (31 - length);
    if wanted.is_empty() {
        return whole;
    }
    let bit = |day: &i8| match i32::from(*day) {
        day if day > 0 => 1 << (day - 1),
        day if length + day >= 0 => 1 << (length + day),
        _ => 0,
    };
    wanted.iter().fold(0, |mask: u32, day| mask | bit(day)) & whole
}

fn week_days(wanted: &[ByDay], first_weekday: i32, length: i32) -> u32 {
    let whole = ALL >> (31 - length);
    if wanted.is_empty() {
        return whole;
    }
    let bits = |day: &ByDay| {
        let every = SEVENTHS << (days::index_of(day.weekday) - first_weekday).rem_euclid(7) & whole;
        day.ordinal.map_or(every, |ordinal| chosen(every, &[i16::from(ordinal)]))
    };
    wanted.iter().fold(0, |mask, day| mask | bits(day))
}

/// The n-th set bits, counted from the end when negative.
fn chosen(mask: u32, places: &[i16]) -> u32 {
    let mut list = Vec::with_capacity(32);
    push_bits(0, mask, &mut list);
    choose(places, &mut list);
    list.iter().fold(0, |mask, bit| mask | 1 << bit)
}
