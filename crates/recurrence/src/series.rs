//! A series: a rule, its anchor, what was cancelled and what was added; asked for the starts in a window.

mod clock;
mod end;
mod month;
mod offsets;
mod plan;
mod slots;
mod year;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::anchor::Anchor;
use crate::days;
use crate::error::RuleError;
use crate::lines::RuleLines;
use crate::rule::{End, Frequency, Rule};
use offsets::Offsets;
use plan::Plan;
pub use slots::Slots;

/// One occurrence's place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// When it starts. For an all-day series midnight UTC of its date.
    pub start: Timestamp,
    /// The local date in the zone of the series: Graph's occurrence date. In the rare gap that swallows a whole
    /// day the start falls on the day after.
    pub date: Date,
}

/// A rule compiled against its start, ready to be asked for windows again and again.
#[derive(Debug, Clone)]
pub struct Series {
    anchor: Anchor,
    /// The zone's offsets; none for all-day series and for zones without a table.
    offsets: Option<Arc<Offsets>>,
    plan: Plan,
    /// The day of the anchor; no occurrence of the rule lies before it.
    first: i32,
    /// No occurrence of the rule lies after this day. Below `first` when there is none at all.
    last: i32,
    endless: bool,
    /// Cancelled days in ascending order, each once.
    cancelled: Vec<i32>,
    /// Starts from RDATE in ascending order, each once.
    added: Vec<Slot>,
}

impl Series {
    /// Compiles a rule. COUNT is turned into a last day here, so that windows can be jumped to.
    ///
    /// # Errors
    /// [`RuleError::Invalid`] when a field of the rule is outside its limits; [`Rule::parse`] gives no such rule.
    pub fn new(rule: &Rule, anchor: Anchor) -> Result<Self, RuleError> {
        rule.check()?;
        let first = days::number_of(anchor.date());
        let plan = Plan::compile(rule, first);
        let last = end::last_day(rule.end, &plan, &anchor, first);
        let endless = rule.end == End::Never;
        let offsets = match &anchor {
            Anchor::Zoned { zone, .. } => Offsets::of(zone),
            Anchor::Date(_) => None,
        };
        Ok(Self { anchor, offsets, plan, first, last, endless, cancelled: Vec::new(), added: Vec::new() })
    }

    /// A series from its lines: the rule, without the occurrences of EXDATE, with the starts of RDATE. Without an
    /// RRULE the start itself is the only occurrence of the rule.
    ///
    /// # Errors
    /// As [`Series::new`].
    pub fn from_lines(lines: &RuleLines, anchor: Anchor) -> Result<Self, RuleError> {
        let once = || Rule { end: End::Count(1), ..Rule::every(1, Frequency::Daily) };
        let rule = lines.rule.clone().unwrap_or_else(once);
        let removed: Vec<Timestamp> = lines.exdates.iter().filter_map(|time| time.start(&anchor)).collect();
        let starts = lines.rdates.iter().filter_map(|time| time.start(&anchor));
        let added: Vec<Slot> = starts
            .filter(|start| !removed.contains(start))
            .map(|start| Slot { start, date: anchor.date_of(start) })
            .collect();
        let cancelled = lines.cancelled_dates(&anchor);
        Ok(Self::new(&rule, anchor)?.with_cancelled(cancelled).with_added(added))
    }

    /// Leaves out the rule's occurrences on these local dates. COUNT still counts them.
    #[must_use]
    pub fn with_cancelled(mut self, dates: impl IntoIterator<Item = Date>) -> Self {
        self.cancelled.extend(dates.into_iter().map(days::number_of));
        self.cancelled.sort_unstable();
        self.cancelled.dedup();
        self
    }

    /// Adds starts that the rule does not give (RDATE). They are neither counted nor cancelled; one at an instant
    /// the rule gives too appears once.
    #[must_use]
    pub fn with_added(mut self, slots: impl IntoIterator<Item = Slot>) -> Self {
        self.added.extend(slots);
        self.added.sort_unstable();
        self.added.dedup_by_key(|slot| slot.start);
        self
    }

    /// The occurrences that start in `[from, until)`, ascending. Costs what the window holds, however long ago the
    /// series began.
    pub fn starts_between(&self, from: Timestamp, until: Timestamp) -> Slots<'_> {
        Slots::window(self, from, until)
    }

    /// All occurrences from the start on. An endless series goes on to the year 9999.
    pub fn iter(&self) -> Slots<'_> {
        Slots::window(self, Timestamp::MIN, Timestamp::MAX)
    }

    /// The last occurrence; none when the series is endless or empty.
    #[must_use]
    pub fn last(&self) -> Option<Slot> {
        if self.endless {
            return None;
        }
        self.last_of_rule().into_iter().chain(self.added.last().copied()).max()
    }

    /// Whether an occurrence has this local date.
    #[must_use]
    pub fn contains_date(&self, date: Date) -> bool {
        let day = days::number_of(date);
        self.rule_gives(day) || self.added.iter().any(|slot| slot.date == date)
    }

    /// Where the series begins.
    #[must_use]
    pub fn anchor(&self) -> &Anchor {
        &self.anchor
    }

    fn rule_gives(&self, day: i32) -> bool {
        let mut list = Vec::new();
        if (self.first..=self.last).contains(&day) && self.cancelled.binary_search(&day).is_err() {
            self.plan.fill(self.plan.period_of(day), &mut list);
        }
        list.contains(&day)
    }

    /// Walks back from the last day a period at a time, as cancelled occurrences may end the series earlier.
    fn last_of_rule(&self) -> Option<Slot> {
        let mut list = Vec::new();
        let mut empty = 0;
        let mut period = self.plan.period_of(self.last);
        while period >= 0 && empty <= self.plan.cycle {
            self.plan.fill(period, &mut list);
            let inside = list.iter().rev().filter(|day| (self.first..=self.last).contains(*day));
            let mut kept = inside.filter(|day| self.cancelled.binary_search(day).is_err());
            if let Some(date) = kept.next().and_then(|day| days::date_of(*day)) {
                return Some(Slot { start: self.anchor.start_on(date)?, date });
            }
            // A cancelled day is no sign that the rule has run dry.
            empty = if list.is_empty() { empty + 1 } else { 0 };
            period -= 1;
        }
        None
    }
}

impl<'a> IntoIterator for &'a Series {
    type Item = Slot;
    type IntoIter = Slots<'a>;

    fn into_iter(self) -> Slots<'a> {
        self.iter()
    }
}
