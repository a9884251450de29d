//! `timeoutMS` of an address: how long one operation may take. It is a standard option of addresses of MongoDB (the
//! specification of client-side operation timeouts); the driver does not know it, so it is read and taken out here.

use std::ops::RangeInclusive;
use std::time::Duration;

const NAME: &str = "timeoutMS";

/// What is taken. The standard's 0, for ever, is not among it: nothing here waits for ever.
const MILLISECONDS: RangeInclusive<u64> = 1_000..=3_600_000;

/// The time that the address gives to an operation, if it names one. What cannot be taken is told in words.
pub(crate) fn of(uri: &str) -> Result<Option<Duration>, &'static str> {
    let Some(value) = options(uri).find_map(value) else { return Ok(None) };
    match value.parse() {
        Ok(number) if MILLISECONDS.contains(&number) => Ok(Some(Duration::from_millis(number))),
        _ => Err(
            "timeoutMS in the address in CALLBOARD_STORE is not a number of milliseconds between 1000 (a second) \
             and 3600000 (an hour): write 60000, say, for a minute, or leave it away for 30 seconds",
        ),
    }
}

/// The address as the driver takes it.
pub(crate) fn without(uri: &str) -> String {
    let Some((place, _)) = uri.split_once('?') else { return uri.to_owned() };
    let left: Vec<&str> = options(uri).filter(|option| value(option).is_none()).collect();
    if left.is_empty() { place.to_owned() } else { format!("{place}?{}", left.join("&")) }
}

fn options(uri: &str) -> impl Iterator<Item = &str> {
    uri.split_once('?').into_iter().flat_map(|(_, options)| options.split('&'))
}

/// What the option says, if it is this one. Names of options are the same in capitals.
fn value(option: &str) -> Option<&str> {
    option.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case(NAME)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{of, without};

    #[test]
    fn the_option_is_read_and_the_rest_left_as_it_is() {
        let minute = Ok(Some(Duration::from_secs(60)));
        for (uri, timeout, rest) in [
            ("mongodb://a/b", Ok(None), "mongodb://a/b"),
            ("mongodb://a/b?w=1&tls=true", Ok(None), "mongodb://a/b?w=1&tls=true"),
            ("mongodb://a/b?timeoutMS=60000", minute, "mongodb://a/b"),
            ("mongodb://a/b?w=1&timeoutms=60000&tls=true", minute, "mongodb://a/b?w=1&tls=true"),
            ("mongodb://u:timeoutMS=1@a/b?TIMEOUTMS=60000", minute, "mongodb://u:timeoutMS=1@a/b"),
        ] {
            assert_eq!((of(uri), without(uri).as_str()), (timeout, rest), "{uri}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for value in ["", "0", "-1", "999", "3600001", "30s", "99999999999999999999"] {
            let refusal = of(&format!("mongodb://a/b?timeoutMS={value}")).expect_err(value);
            assert!(refusal.contains("between 1000"), "{refusal}");
        }
    }
}
