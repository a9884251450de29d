//! The last day of a series, from COUNT or from UNTIL.

use super::plan::Plan;
use crate::anchor::Anchor;
use crate::days;
use crate::rule::{End, Until};

/// No occurrence lies after this day. Before `first` when there is none.
pub(super) fn last_day(end: End, plan: &Plan, anchor: &Anchor, first: i32) -> i32 {
    match end {
        End::Never => days::LAST_DAY,
        End::Count(count) => counted(count, plan, first).unwrap_or(days::LAST_DAY),
        End::Until(until) => until_day(until, anchor).min(days::LAST_DAY),
    }
}

/// The day of the `count`-th occurrence; none when the calendar or the rule ends before.
fn counted(count: u32, plan: &Plan, first: i32) -> Option<i32> {
    if let Some(day) = plan.nth(count, first) {
        return i32::try_from(day).ok();
    }
    let mut list = Vec::new();
    let mut left = usize::try_from(count).ok()?;
    let mut empty = 0;
    let mut period = 0;
    while empty <= plan.cycle && plan.begin_of(period) <= days::LAST_DAY {
        plan.fill(period, &mut list);
        empty = if list.is_empty() { empty + 1 } else { 0 };
        // Only the first period can hold days before the anchor.
        let missed = if period == 0 { list.partition_point(|day| *day < first) } else { 0 };
        let held = list.len() - missed;
        if left <= held {
            return list.get(missed + left - 1).copied();
        }
        left -= held;
        period += 1;
    }
    None
}

/// The last local date whose occurrence would not start after UNTIL.
fn until_day(until: Until, anchor: &Anchor) -> i32 {
    let (date, not_after) = match (until, anchor) {
        (Until::Date(date), _) => return days::number_of(date),
        (Until::Local(local), Anchor::Date(_)) => return days::number_of(local.date()),
        (Until::Local(local), Anchor::Zoned { local: start, .. }) => {
            return days::number_of(local.date()) - i32::from(start.time() > local.time());
        }
        (Until::Instant(instant), _) => (anchor.date_of(instant), instant),
    };
    // A gap may move the start of a day past its own end, so look one day ahead and step back.
    let mut day = days::number_of(date).saturating_add(1);
    while days::date_of(day).is_none_or(|date| anchor.start_on(date).is_none_or(|start| start > not_after)) {
        day -= 1;
        if day < days::number_of(date) - 3 {
            break;
        }
    }
    day
}
