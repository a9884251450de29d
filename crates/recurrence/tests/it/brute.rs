//! A slow expander that shares no code with the real one: it asks every day of the calendar whether it matches.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use recurrence::{Anchor, ByDay, End, Frequency, Rule, Slot, Until};

/// All occurrences up to and including a last date.
pub(crate) fn expand(rule: &Rule, anchor: &Anchor, last: Date) -> Vec<Slot> {
    let mut slots = Vec::new();
    let start = anchor.date();
    let mut counted = 0;
    let mut period: Vec<Date> = Vec::new();
    let mut day = period_begin(rule, start);
    let mut open = period_index(rule, start, day);
    let horizon = last.checked_add(jiff::Span::new().days(800)).unwrap();
    while day <= horizon {
        let index = period_index(rule, start, day);
        if index != open {
            for chosen in choose(rule, &period) {
                if chosen < start || chosen > last {
                    continue;
                }
                counted += 1;
                let slot = slot_on(anchor, chosen);
                if rule.end == End::Count(counted - 1) || is_past_until(rule, anchor, slot) {
                    return slots;
                }
                slots.push(slot);
            }
            period.clear();
            open = index;
        }
        if index % i64::from(rule.interval) == 0 && matches(rule, start, day) {
            period.push(day);
        }
        day = day.tomorrow().unwrap();
    }
    slots
}

pub(crate) fn slot_on(anchor: &Anchor, date: Date) -> Slot {
    let start = match anchor {
        Anchor::Zoned { local, zone } => zone.to_timestamp(date.to_datetime(local.time())).unwrap(),
        Anchor::Date(_) => TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap(),
    };
    Slot { date, start }
}

fn is_past_until(rule: &Rule, anchor: &Anchor, slot: Slot) -> bool {
    match (rule.end, anchor) {
        (End::Until(Until::Instant(until)), Anchor::Zoned { .. }) => slot.start > until,
        (End::Until(Until::Instant(until)), Anchor::Date(_)) => slot.date > utc_date(until),
        (End::Until(Until::Date(until)), _) => slot.date > until,
        (End::Until(Until::Local(until)), Anchor::Zoned { local, .. }) => {
            slot.date.to_datetime(local.time()) > until
        }
        (End::Until(Until::Local(until)), Anchor::Date(_)) => slot.date > until.date(),
        (End::Never | End::Count(_), _) => false,
    }
}

fn utc_date(instant: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(instant).date()
}

fn period_begin(rule: &Rule, day: Date) -> Date {
    match rule.freq {
        Frequency::Daily => day,
        Frequency::Weekly => {
            let back = i32::from(day.weekday().since(rule.week_start));
            day.checked_sub(jiff::Span::new().days(back)).unwrap()
        }
        Frequency::Monthly => day.first_of_month(),
        Frequency::Yearly => day.first_of_year(),
    }
}

/// Periods of the calendar since the one of the start.
fn period_index(rule: &Rule, start: Date, day: Date) -> i64 {
    let days = |from: Date, to: Date| i64::from((to - from).get_days());
    match rule.freq {
        Frequency::Daily => days(start, day),
        Frequency::Weekly => days(period_begin(rule, start), day).div_euclid(7),
        Frequency::Monthly => {
            (i64::from(day.year()) - i64::from(start.year())) * 12 + i64::from(day.month() - start.month())
        }
        Frequency::Yearly => i64::from(day.year()) - i64::from(start.year()),
    }
}

fn matches(rule: &Rule, start: Date, day: Date) -> bool {
    let yearly = rule.freq == Frequency::Yearly;
    let no_days = rule.by_month_day.is_empty() && rule.by_day.is_empty();
    let month_matches = match rule.by_month.as_slice() {
        [] if yearly && no_days => day.month() == start.month(),
        [] => true,
        months => months.contains(&day.month()),
    };
    let from_end = day.day() - day.days_in_month() - 1;
    let month_day_matches = match rule.by_month_day.as_slice() {
        [] if no_days && matches!(rule.freq, Frequency::Monthly | Frequency::Yearly) => {
            day.day() == start.day()
        }
        [] => true,
        days => days.contains(&day.day()) || days.contains(&from_end),
    };
    let week_day_matches = match rule.by_day.as_slice() {
        [] if rule.freq == Frequency::Weekly => day.weekday() == start.weekday(),
        [] => true,
        days => days.iter().any(|wanted| is_weekday(rule, *wanted, day)),
    };
    month_matches && month_day_matches && week_day_matches
}

fn is_weekday(rule: &Rule, wanted: ByDay, day: Date) -> bool {
    if wanted.weekday != day.weekday() {
        return false;
    }
    let Some(ordinal) = wanted.ordinal else {
        return true;
    };
    let in_month = rule.freq == Frequency::Monthly || !rule.by_month.is_empty();
    let (place, length) = match in_month {
        true => (i16::from(day.day()), i16::from(day.days_in_month())),
        false => (day.day_of_year(), day.days_in_year()),
    };
    let from_start = (place + 6) / 7;
    let from_end = -((length - place) / 7 + 1);
    i16::from(ordinal) == from_start || i16::from(ordinal) == from_end
}

fn choose(rule: &Rule, period: &[Date]) -> Vec<Date> {
    let length = i16::try_from(period.len()).unwrap();
    let wanted = |place: i16| rule.by_set_pos.iter().any(|n| *n == place + 1 || *n == place - length);
    let chosen = (0..).zip(period).filter(|(place, _)| rule.by_set_pos.is_empty() || wanted(*place));
    chosen.map(|(_, day)| *day).collect()
}
