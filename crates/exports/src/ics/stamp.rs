//! Dates and times as digits (RFC 5545 3.3.4, 3.3.5). Every event has half a dozen, so they are not formatted by a pattern.

use jiff::civil::{Date, DateTime};

/// `20261123`.
pub(super) fn date(date: Date) -> String {
    let mut text = String::with_capacity(16);
    push_date(&mut text, date);
    text
}

/// `20261123T090000`.
pub(super) fn date_time(local: DateTime) -> String {
    let mut text = String::with_capacity(16);
    push_date(&mut text, local.date());
    text.push('T');
    for number in [local.hour(), local.minute(), local.second()] {
        push_two(&mut text, number);
    }
    text
}

fn push_date(text: &mut String, date: Date) {
    let Ok(year) = u16::try_from(date.year()) else {
        // Before the year nought: there is no event, but it must not be another year.
        return text.push_str(&date.strftime("%Y%m%d").to_string());
    };
    push_two(text, year / 100);
    push_two(text, year % 100);
    push_two(text, date.month());
    push_two(text, date.day());
}

/// A number below a hundred.
fn push_two(text: &mut String, number: impl Into<i32>) {
    let number = number.into();
    for digit in [number / 10, number % 10] {
        text.push(u8::try_from(digit).map_or('?', |digit| char::from(b'0' + digit)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_pattern(year in -9_999_i16..=9_999, month in 1_i8..=12, day in 1_i8..=28,
            hour in 0_i8..24, minute in 0_i8..60, second in 0_i8..60) {
            let local = DateTime::new(year, month, day, hour, minute, second, 0).unwrap();
            prop_assert_eq!(date_time(local), local.strftime("%Y%m%dT%H%M%S").to_string());
            prop_assert_eq!(date(local.date()), local.strftime("%Y%m%d").to_string());
        }
    }
}
