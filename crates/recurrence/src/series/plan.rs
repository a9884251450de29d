//! A rule compiled into periods: which days a period holds, and which period holds a day.

use super::month::MonthDays;
use super::year::YearDays;
use crate::days::{self, CYCLE_DAYS, CYCLE_MONTHS, CYCLE_WEEKS, CYCLE_YEARS};
use crate::rule::{Frequency, Rule};

/// Periods are numbered from the one that holds the anchor, which is 0.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// What a period is and which of its days count.
    kind: Kind,
    /// Periods of the calendar from one of the rule to its next: the interval.
    step: i32,
    /// So many empty periods in a row, and no later one holds a day.
    pub(super) cycle: i32,
}

/// Small enough for a window of a few days, large enough to make the step from period to period cheap.
const PERIODS_AT_ONCE: i32 = 8;

#[derive(Debug, Clone)]
enum Kind {
    /// Nothing matches, ever.
    Never,
    /// A period is a day from `first` on; with limits only some of them count.
    Days { first: i32, limits: Option<Box<MonthDays>> },
    /// A period is the week from `first` on; bit n of `mask` is its n-th day.
    Weeks { first: i32, mask: u8 },
    /// The same where BYMONTH or BYSETPOS over BYMONTH cut into weeks.
    CutWeeks { first: i32, mask: u8, months: u16, places: Vec<i16> },
    /// A period is a month, counted from January of year 0.
    Months { first: i32, days: Box<MonthDays> },
    /// A period is a year.
    Years { first: i32, days: Box<YearDays> },
}

impl Plan {
    /// Compiles a checked rule for a series that starts on day `first`.
    pub(super) fn compile(rule: &Rule, first: i32) -> Self {
        let step = i32::try_from(rule.interval).unwrap_or(1);
        match rule.freq {
            Frequency::Daily => Self::daily(rule, first, step),
            Frequency::Weekly => Self { kind: weekly(rule, first), step, cycle: CYCLE_WEEKS },
            Frequency::Monthly => {
                let days = MonthDays::of_month(rule, days::month_of(first).1);
                let kind = Kind::Months { first: days::month_of(first).0, days: Box::new(days) };
                Self { kind, step, cycle: CYCLE_MONTHS }
            }
            Frequency::Yearly => {
                let (months, day) = days::month_of(first);
                let days = Box::new(YearDays::compile(rule, months.rem_euclid(12) + 1, day));
                Self { kind: Kind::Years { first: months.div_euclid(12), days }, step, cycle: CYCLE_YEARS }
            }
        }
    }

    /// A day is a set of one: BYSETPOS either keeps all or nothing.
    fn daily(rule: &Rule, first: i32, step: i32) -> Self {
        let plan = |kind, cycle| Self { kind, step, cycle };
        if !rule.by_set_pos.is_empty() && !rule.by_set_pos.iter().any(|place| place.abs() == 1) {
            return plan(Kind::Never, 0);
        }
        if rule.by_month.is_empty() && rule.by_month_day.is_empty() && rule.by_day.is_empty() {
            return plan(Kind::Days { first, limits: None }, 0);
        }
        let limits = Box::new(MonthDays::limits(rule));
        if step == 1 {
            // Month by month is thirty times quicker than day by day.
            return plan(Kind::Months { first: days::month_of(first).0, days: limits }, CYCLE_MONTHS);
        }
        plan(Kind::Days { first, limits: Some(limits) }, CYCLE_DAYS)
    }

    /// The last period of the rule that begins on or before a day; negative before the series.
    pub(super) fn period_of(&self, day: i32) -> i32 {
        let whole = match &self.kind {
            Kind::Never => 0,
            Kind::Days { first, .. } => day - first,
            Kind::Weeks { first, .. } | Kind::CutWeeks { first, .. } => (day - first).div_euclid(7),
            Kind::Months { first, .. } => days::month_of(day).0 - first,
            Kind::Years { first, .. } => days::month_of(day).0.div_euclid(12) - first,
        };
        whole.div_euclid(self.step)
    }

    /// The first day of a period of the calendar, whether it counts or not.
    pub(super) fn begin_of(&self, period: i32) -> i32 {
        let whole = period * self.step;
        match &self.kind {
            Kind::Never => i32::MAX,
            Kind::Days { first, .. } => first + whole,
            Kind::Weeks { first, .. } | Kind::CutWeeks { first, .. } => first + whole * 7,
            Kind::Months { first, .. } => days::first_of_month(first + whole),
            Kind::Years { first, .. } => days::first_of_month((first + whole) * 12),
        }
    }

    /// Puts the days of a period into the list, ascending. The first period may hold days before the anchor.
    pub(super) fn fill(&self, period: i32, list: &mut Vec<i32>) {
        list.clear();
        let whole = period * self.step;
        match &self.kind {
            Kind::Never => {}
            Kind::Days { first, limits: None } => list.push(first + whole),
            Kind::Days { first, limits: Some(limits) } => {
                if limits.allows(first + whole) {
                    list.push(first + whole);
                }
            }
            Kind::Weeks { first, mask } => push_bits(first + whole * 7, u32::from(*mask), list),
            Kind::CutWeeks { first, mask, months, places } => {
                push_bits(first + whole * 7, u32::from(*mask), list);
                let in_month = |day: &i32| months & 1 << days::month_of(*day).0.rem_euclid(12) != 0;
                list.retain(in_month);
                choose(places, list);
            }
            Kind::Months { first, days } => days.push(first + whole, list),
            Kind::Years { first, days } => days.fill(first + whole, list),
        }
    }

    /// As [`Self::fill`], for as many periods at once as pay off; says how many.
    pub(super) fn fill_ahead(&self, period: i32, list: &mut Vec<i32>) -> i32 {
        let (day, length, mask) = match &self.kind {
            Kind::Days { first, limits: None } => (first + period * self.step, self.step, 1),
            Kind::Weeks { first, mask } => (first + period * self.step * 7, self.step * 7, u32::from(*mask)),
            _ => {
                self.fill(period, list);
                return 1;
            }
        };
        list.clear();
        for ahead in 0..PERIODS_AT_ONCE {
            push_bits(day + ahead * length, mask, list);
        }
        PERIODS_AT_ONCE
    }

    /// The day of the `count`-th occurrence (from 1) where periods are all alike; none where one has to look.
    pub(super) fn nth(&self, count: u32, anchor: i32) -> Option<i64> {
        let index = i64::from(count) - 1;
        match &self.kind {
            Kind::Days { first, limits: None } => Some(i64::from(*first) + index * i64::from(self.step)),
            Kind::Weeks { first, mask } if *mask != 0 => {
                // Days of the first week that lie before the anchor are no occurrences.
                let missed = (mask & ((1u8 << (anchor - first)) - 1)).count_ones();
                let (index, size) = (index + i64::from(missed), i64::from(mask.count_ones()));
                let mut week = Vec::new();
                push_bits(0, u32::from(*mask), &mut week);
                let offset = week.get(usize::try_from(index % size).ok()?)?;
                Some(i64::from(*first) + index / size * i64::from(self.step) * 7 + i64::from(*offset))
            }
            _ => None,
        }
    }
}

fn weekly(rule: &Rule, anchor: i32) -> Kind {
    let week_start = days::index_of(rule.week_start);
    let place_of = |weekday: i32| (weekday - week_start).rem_euclid(7);
    let first = anchor - place_of(days::weekday_of(anchor));
    let mut mask =
        rule.by_day.iter().fold(0u8, |mask, day| mask | 1 << place_of(days::index_of(day.weekday)));
    if mask == 0 {
        mask = 1 << place_of(days::weekday_of(anchor));
    }
    if !rule.by_month.is_empty() {
        let months = rule.by_month.iter().fold(0u16, |mask, month| mask | 1 << (month - 1));
        return Kind::CutWeeks { first, mask, months, places: rule.by_set_pos.clone() };
    }
    // Every week is alike, so BYSETPOS chooses the same of its days each time.
    let mut week = Vec::new();
    push_bits(0, u32::from(mask), &mut week);
    choose(&rule.by_set_pos, &mut week);
    match week.iter().fold(0u8, |mask, place| mask | 1 << place) {
        0 => Kind::Never,
        mask => Kind::Weeks { first, mask },
    }
}

/// Appends `first + n` for every bit n that is set.
pub(super) fn push_bits(first: i32, mask: u32, list: &mut Vec<i32>) {
    let mut left = mask;
    while left != 0 {
        // At most 31 zeros stand before a set bit.
        list.push(first + left.trailing_zeros().cast_signed());
        left &= left - 1;
    }
}

/// BYSETPOS: keeps the n-th days of a whole period, counted from its end when negative.
pub(super) fn choose(places: &[i16], list: &mut Vec<i32>) {
    if places.is_empty() {
        return;
    }
    let place = |place: &i16| match usize::from(place.unsigned_abs()) {
        0 => None,
        from_end if *place < 0 => list.len().checked_sub(from_end),
        from_start => Some(from_start - 1),
    };
    let mut chosen: Vec<i32> = places.iter().filter_map(|n| list.get(place(n)?).copied()).collect();
    chosen.sort_unstable();
    chosen.dedup();
    *list = chosen;
}
