//! Rules as text in one canonical form, so that equal rules have equal text.

use std::fmt::{self, Display, Formatter};

use jiff::tz::TimeZone;

use super::{ByDay, End, Frequency, Rule, Until};
use crate::weekday;

/// `FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;WKST=MO;COUNT=4`, without the `RRULE:` before it.
///
/// INTERVAL and WKST are always written: their defaults differ between providers (Graph's week starts on
/// Sunday, RFC 5545's on Monday).
impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={};INTERVAL={}", self.freq, self.interval)?;
        list(f, "BYMONTH", &self.by_month)?;
        list(f, "BYMONTHDAY", &self.by_month_day)?;
        list(f, "BYDAY", &self.by_day)?;
        list(f, "BYSETPOS", &self.by_set_pos)?;
        write!(f, ";WKST={}", weekday::code(self.week_start))?;
        match self.end {
            End::Never => Ok(()),
            End::Count(count) => write!(f, ";COUNT={count}"),
            End::Until(until) => write!(f, ";UNTIL={until}"),
        }
    }
}

impl Display for Frequency {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        })
    }
}

impl Display for ByDay {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(ordinal) = self.ordinal {
            write!(f, "{ordinal}")?;
        }
        f.write_str(weekday::code(self.weekday))
    }
}

impl Display for Until {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(instant) => {
                write!(f, "{}", TimeZone::UTC.to_datetime(*instant).strftime("%Y%m%dT%H%M%SZ"))
            }
            Self::Date(date) => write!(f, "{}", date.strftime("%Y%m%d")),
            Self::Local(local) => write!(f, "{}", local.strftime("%Y%m%dT%H%M%S")),
        }
    }
}

fn list<T: Display>(f: &mut Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    let mut before = format_args!(";{name}=").to_string();
    for value in values {
        write!(f, "{before}{value}")?;
        before.clear();
        before.push(',');
    }
    Ok(())
}
