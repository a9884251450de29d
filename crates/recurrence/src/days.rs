//! Civil days as whole numbers (1970-01-01 is day 0): the arithmetic that expansion runs on.
//!
//! The calendar is the proleptic Gregorian one. It repeats after 400 years, which are 4,800 months, 20,871 weeks
//! and 146,097 days: whatever a rule has not matched in one such cycle, it never matches.

use jiff::civil::{Date, Weekday};

pub(crate) const CYCLE_DAYS: i32 = 146_097;
pub(crate) const CYCLE_WEEKS: i32 = CYCLE_DAYS / 7;
pub(crate) const CYCLE_MONTHS: i32 = 4_800;
pub(crate) const CYCLE_YEARS: i32 = 400;

/// 9999-12-30, the last date whose instants can be told in every zone west of Greenwich.
pub(crate) const LAST_DAY: i32 = 2_932_895;

/// Days from the first of March of year 0 to the first of January 1970.
const EPOCH_FROM_MARCH_ZERO: i32 = 719_468;

/// The number of a date.
pub(crate) fn number_of(date: Date) -> i32 {
    let months = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    first_of_month(months) + i32::from(date.day()) - 1
}

/// The date of a number; none outside the years -9999 to 9999.
pub(crate) fn date_of(day: i32) -> Option<Date> {
    let (months, day_of_month) = month_of(day);
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    Date::new(year, month, i8::try_from(day_of_month).ok()?).ok()
}

/// The first day of a month, months counted from January of year 0.
pub(crate) fn first_of_month(months: i32) -> i32 {
    // Years that begin in March put the leap day at their end, so lengths follow one formula.
    let shifted = months - 2;
    let (year, month) = (shifted.div_euclid(12), shifted.rem_euclid(12));
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 - EPOCH_FROM_MARCH_ZERO
}

/// The month (counted from January of year 0) and the day of the month (from 1) of a day.
pub(crate) fn month_of(day: i32) -> (i32, i32) {
    let shifted = day + EPOCH_FROM_MARCH_ZERO;
    let (era, day_of_era) = (shifted.div_euclid(CYCLE_DAYS), shifted.rem_euclid(CYCLE_DAYS));
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    let month = (day_of_year * 5 + 2) / 153;
    let months = (era * 400 + year_of_era) * 12 + month + 2;
    (months, day_of_year - (month * 153 + 2) / 5 + 1)
}

/// 28 to 31.
pub(crate) fn length_of_month(months: i32) -> i32 {
    match months.rem_euclid(12) {
        1 if is_leap(months.div_euclid(12)) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// 365 or 366.
pub(crate) fn length_of_year(year: i32) -> i32 {
    if is_leap(year) { 366 } else { 365 }
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// 0 for Monday to 6 for Sunday.
pub(crate) fn weekday_of(day: i32) -> i32 {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7)
}

/// 0 for Monday to 6 for Sunday.
pub(crate) fn index_of(weekday: Weekday) -> i32 {
    i32::from(weekday.to_monday_zero_offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_dates_agree_with_jiff() {
        let epoch = Date::constant(1970, 1, 1);
        let mut date = Date::constant(1583, 1, 1);
        while date.year() < 2500 {
            let day = number_of(date);
            assert_eq!(day, (date - epoch).get_days(), "{date}");
            assert_eq!(date_of(day), Some(date));
            assert_eq!(weekday_of(day), index_of(date.weekday()), "{date}");
            assert_eq!(length_of_month(month_of(day).0), i32::from(date.days_in_month()));
            assert_eq!(length_of_year(i32::from(date.year())), i32::from(date.days_in_year()));
            date = date.checked_add(jiff::Span::new().days(17)).unwrap();
        }
    }

    #[test]
    fn the_ends_of_the_calendar() {
        for (date, day) in [
            (Date::constant(-9999, 1, 1), -4_371_587),
            (Date::constant(0, 2, 29), -719_469),
            (Date::constant(9999, 12, 30), LAST_DAY),
        ] {
            assert_eq!(number_of(date), day);
            assert_eq!(date_of(day), Some(date));
        }
        assert_eq!(date_of(LAST_DAY + 2), None);
    }
}
