//! Random rules and starts for the laws and the second opinions.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::collection::btree_set;
use proptest::option::weighted;
use proptest::prelude::*;
use recurrence::{Anchor, ByDay, End, Frequency, Rule, Until};

/// How far tests look ahead of a start.
pub(crate) const YEARS: i16 = 12;

/// Zones whose clocks change in different ways: not at all, at night, at midnight, by half an hour, by a whole
/// day, twice a year more.
const ZONES: [&str; 9] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "America/Asuncion",
];

pub(crate) fn weekday() -> impl Strategy<Value = Weekday> {
    (0i8..7).prop_map(|offset| Weekday::from_monday_zero_offset(offset).unwrap())
}

pub(crate) fn date() -> impl Strategy<Value = Date> {
    (0i32..9000).prop_map(|days| Date::constant(2003, 1, 1).checked_add(days.days()).unwrap())
}

fn time() -> impl Strategy<Value = Time> {
    // Gaps and overlaps lie between midnight and three.
    let hour = prop_oneof![2 => 0i8..4, 1 => 0i8..24];
    (hour, prop_oneof![Just(0i8), Just(30), 0i8..60])
        .prop_map(|(hour, minute)| Time::constant(hour, minute, 0, 0))
}

pub(crate) fn anchor() -> impl Strategy<Value = Anchor> {
    let zone = proptest::sample::select(&ZONES[..]).prop_map(|name| TimeZone::get(name).unwrap());
    prop_oneof![
        1 => date().prop_map(Anchor::Date),
        4 => (date(), time(), zone)
            .prop_map(|(date, time, zone)| Anchor::Zoned { local: date.to_datetime(time), zone }),
    ]
}

fn ordinal_of(freq: Frequency) -> BoxedStrategy<Option<i8>> {
    match freq {
        Frequency::Daily | Frequency::Weekly => Just(None).boxed(),
        Frequency::Monthly => weighted(0.5, prop_oneof![1i8..=5, -5i8..=-1]).boxed(),
        Frequency::Yearly => {
            weighted(0.5, prop_oneof![1i8..=5, -5i8..=-1, Just(20), Just(53), Just(-53)]).boxed()
        }
    }
}

fn by_day(freq: Frequency) -> impl Strategy<Value = Vec<ByDay>> {
    let entry = (ordinal_of(freq), 0i8..7);
    btree_set(entry, 1..4).prop_map(|set| {
        let day =
            |(ordinal, offset)| ByDay { ordinal, weekday: Weekday::from_monday_zero_offset(offset).unwrap() };
        set.into_iter().map(day).collect()
    })
}

fn month_days(freq: Frequency) -> BoxedStrategy<Vec<i8>> {
    if freq == Frequency::Weekly {
        return Just(Vec::new()).boxed();
    }
    let day = prop_oneof![1i8..=31, 28i8..=31, -31i8..=-1, Just(-1)];
    set_or_nothing(btree_set(day, 1..4))
}

fn set_or_nothing<T: Ord + Clone + std::fmt::Debug + 'static>(
    set: impl Strategy<Value = std::collections::BTreeSet<T>> + 'static,
) -> BoxedStrategy<Vec<T>> {
    weighted(0.4, set).prop_map(|set| set.into_iter().flatten().collect()).boxed()
}

fn end() -> impl Strategy<Value = End> {
    let instant = (0i64..14 * 366 * 24).prop_map(|hours| {
        let begin: Timestamp = "2004-01-01T00:00:00Z".parse().unwrap();
        Until::Instant(begin.checked_add((hours * 2).hours()).unwrap())
    });
    prop_oneof![
        2 => Just(End::Never),
        3 => (1u32..200).prop_map(End::Count),
        1 => instant.prop_map(End::Until),
        1 => date().prop_map(|date| End::Until(Until::Date(date))),
        1 => (date(), time()).prop_map(|(date, time)| End::Until(Until::Local(date.to_datetime(time)))),
    ]
}

/// A rule with every part it may have.
pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let freq = prop_oneof![
        Just(Frequency::Daily),
        Just(Frequency::Weekly),
        Just(Frequency::Monthly),
        Just(Frequency::Yearly)
    ];
    freq.prop_flat_map(|freq| {
        let interval = prop_oneof![4 => 1u32..=3, 1 => 4u32..=30];
        let months = set_or_nothing(btree_set(1i8..=12, 1..4));
        let days = weighted(0.6, by_day(freq)).prop_map(Option::unwrap_or_default);
        let places = weighted(0.3, btree_set(prop_oneof![1i16..=5, -5i16..=-1], 1..3));
        (Just(freq), interval, months, month_days(freq), days, places, weekday(), end())
    })
    .prop_map(|(freq, interval, by_month, by_month_day, by_day, places, week_start, end)| Rule {
        freq,
        interval,
        by_month,
        by_month_day,
        by_day,
        by_set_pos: places.into_iter().flatten().collect(),
        week_start,
        end,
    })
}

/// The last date tests look at.
pub(crate) fn horizon(anchor: &Anchor) -> Date {
    anchor.date().checked_add(i64::from(YEARS).years()).unwrap()
}
