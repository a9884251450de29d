//! Walks the occurrences of a series inside a window.

use jiff::Timestamp;

use super::clock::Clock;
use super::{Series, Slot};
use crate::days;

/// The occurrences of a series in a window, in ascending order of their starts.
#[derive(Debug, Clone)]
pub struct Slots<'a> {
    series: &'a Series,
    clock: Clock<'a>,
    from: Timestamp,
    until: Timestamp,
    /// No occurrence after this day can start before `until`.
    last_day: i32,
    /// The next period to open.
    period: i32,
    /// Periods without a day, one after the other.
    empty: i32,
    /// Nothing more comes from the rule.
    finished: bool,
    /// Days of the open period, and how many of them are done.
    list: Vec<i32>,
    done: usize,
    /// Places in the lists of the series.
    cancelled: usize,
    added: usize,
    /// An occurrence of the rule that waits for an added one before it.
    waiting: Option<Slot>,
}

/// Zones stray from UTC by up to 26 hours, and a gap may move a start by a whole day more.
const ZONE_MARGIN_DAYS: i64 = 3;

impl<'a> Slots<'a> {
    pub(super) fn window(series: &'a Series, from: Timestamp, until: Timestamp) -> Self {
        let day = |at: Timestamp, margin: i64| {
            i32::try_from(at.as_second().div_euclid(86_400) + margin).unwrap_or(days::LAST_DAY)
        };
        let first = day(from, -ZONE_MARGIN_DAYS).max(series.first);
        let last_day = day(until, ZONE_MARGIN_DAYS).min(series.last);
        Self {
            series,
            clock: Clock::new(&series.anchor, series.offsets.as_deref()),
            from,
            until,
            last_day,
            period: series.plan.period_of(first).max(0),
            empty: 0,
            finished: last_day < series.first,
            list: Vec::with_capacity(32),
            done: 0,
            cancelled: series.cancelled.partition_point(|day| *day < first),
            added: series.added.partition_point(|slot| slot.start < from),
            waiting: None,
        }
    }

    /// The next day the rule gives.
    fn next_day(&mut self) -> Option<i32> {
        loop {
            if let Some(day) = self.list.get(self.done) {
                self.done += 1;
                return Some(*day);
            }
            if self.empty > self.series.plan.cycle || self.finished {
                return None;
            }
            self.open_next_period();
        }
    }

    fn open_next_period(&mut self) {
        let plan = &self.series.plan;
        self.done = 0;
        self.period += plan.fill_ahead(self.period, &mut self.list);
        if !self.list.is_empty() {
            self.empty = 0;
            return;
        }
        self.empty += 1;
        self.finished = plan.begin_of(self.period) > self.last_day;
    }

    fn next_of_rule(&mut self) -> Option<Slot> {
        loop {
            let day = self.next_day()?;
            if day > self.last_day {
                return self.stop();
            }
            if day < self.series.first || self.is_cancelled(day) {
                continue;
            }
            let Some(start) = self.clock.start_on(day) else {
                return self.stop();
            };
            if start >= self.until {
                return self.stop();
            }
            if start >= self.from {
                return Some(Slot { start, date: self.clock.date_of(day)? });
            }
        }
    }

    fn stop(&mut self) -> Option<Slot> {
        self.list.clear();
        self.finished = true;
        None
    }

    fn is_cancelled(&mut self, day: i32) -> bool {
        while let Some(cancelled) = self.series.cancelled.get(self.cancelled) {
            if *cancelled >= day {
                return *cancelled == day;
            }
            self.cancelled += 1;
        }
        false
    }

    /// The next added start, in the window.
    fn next_added(&self) -> Option<Slot> {
        self.series.added.get(self.added).copied().filter(|slot| slot.start < self.until)
    }
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    #[inline]
    fn next(&mut self) -> Option<Slot> {
        if self.series.added.is_empty() {
            return self.next_of_rule();
        }
        let of_rule = self.waiting.take().or_else(|| self.next_of_rule());
        let Some(added) = self.next_added() else {
            return of_rule;
        };
        match of_rule {
            Some(slot) if slot.start < added.start => Some(slot),
            Some(slot) if slot.start == added.start => {
                self.added += 1;
                Some(slot)
            }
            waiting => {
                self.waiting = waiting;
                self.added += 1;
                Some(added)
            }
        }
    }
}

impl std::iter::FusedIterator for Slots<'_> {}
