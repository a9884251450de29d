//! Days 29 to 31: Outlook moves them to the last day of a shorter month, RFC 5545 skips such months.
//!
//! Outlook's reading as a rule is a pair of BYMONTHDAY and BYSETPOS, and here is the one place that knows it.

/// The length of a month in its shortest year; 28 for anything that is no month.
pub(crate) fn shortest_length(month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 28,
    }
}

/// BYMONTHDAY and BYSETPOS for "this day, or the last one" in months of at least `shortest` days. None unless the
/// day is 1 to 31.
pub(crate) fn day_or_last(day: u8, shortest: u8) -> Option<(Vec<i8>, Vec<i16>)> {
    let whole = i8::try_from(day).ok()?;
    match day {
        0 | 32.. => None,
        _ if day <= shortest => Some((vec![whole], Vec::new())),
        31 => Some((vec![-1], Vec::new())),
        _ => Some(((28..=whole).collect(), vec![-1])),
    }
}

/// The day that such a pair means in months of `shortest` to `longest` days; none when it means something else.
pub(crate) fn meant_day(by_month_day: &[i8], by_set_pos: &[i16], shortest: u8, longest: u8) -> Option<u8> {
    match (by_month_day, by_set_pos) {
        ([-1], []) => Some(longest),
        ([day], []) => u8::try_from(*day).ok().filter(|day| *day <= shortest),
        ([28, 29], [-1]) => Some(29.min(longest)),
        ([28, 29, 30], [-1]) => Some(30.min(longest)),
        ([28, 29, 30, 31], [-1]) => Some(longest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_back() {
        for day in 1..=31 {
            let (days, places) = day_or_last(day, 28).unwrap();
            assert_eq!(meant_day(&days, &places, 28, 31), Some(day), "{day}: {days:?} {places:?}");
        }
        assert_eq!(day_or_last(0, 28), None);
        assert_eq!(day_or_last(32, 28), None);
        assert_eq!(day_or_last(31, 28), Some((vec![-1], vec![])));
        assert_eq!(day_or_last(30, 28), Some((vec![28, 29, 30], vec![-1])));
        assert_eq!(day_or_last(31, 31), Some((vec![31], vec![])));
        // Google's 31 skips the months that lack it.
        assert_eq!(meant_day(&[31], &[], 28, 31), None);
        assert_eq!(meant_day(&[15, 20], &[], 28, 31), None);
        assert_eq!(meant_day(&[28, 29], &[-1], 28, 29), Some(29));
    }
}
