//! Names of weekdays: `MO` in rules, `monday` in Graph and in the simple pattern.

use jiff::civil::Weekday;

/// Monday first, the order in which rules of ours list days.
pub(crate) const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The two letters of RFC 5545.
pub(crate) fn code(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

/// The English name in lower case, as Graph writes it.
pub(crate) fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

pub(crate) fn from_code(text: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|day| code(*day).eq_ignore_ascii_case(text))
}

pub(crate) fn from_name(text: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|day| name(*day).eq_ignore_ascii_case(text))
}

/// In order of the week, each once.
pub(crate) fn sorted(days: impl IntoIterator<Item = Weekday>) -> Vec<Weekday> {
    let mask = days.into_iter().fold(0u8, |mask, day| mask | 1 << day.to_monday_zero_offset());
    WEEK.into_iter().filter(|day| mask & 1 << day.to_monday_zero_offset() != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_come_back() {
        for day in WEEK {
            assert_eq!(from_code(code(day)), Some(day));
            assert_eq!(from_name(name(day)), Some(day));
        }
        assert_eq!(from_code("mo"), Some(Weekday::Monday));
        assert_eq!(from_name("Sunday"), Some(Weekday::Sunday));
        assert_eq!(from_code("XX"), None);
        assert_eq!(from_name("MO"), None);
    }

    #[test]
    fn sorted_drops_repetitions() {
        let days = [Weekday::Sunday, Weekday::Monday, Weekday::Sunday];
        assert_eq!(sorted(days), [Weekday::Monday, Weekday::Sunday]);
    }
}
