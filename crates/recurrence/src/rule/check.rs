//! What a rule may hold: checked when it is read and again when it is expanded, as its fields are public.

use super::{ByDay, End, Frequency, Rule};
use crate::error::RuleError;

impl Rule {
    /// Holds every range and combination of RFC 5545 3.3.10 against the rule.
    pub(crate) fn check(&self) -> Result<(), RuleError> {
        if self.interval == 0 || self.interval > Self::MAX_INTERVAL {
            return Err(wrong("INTERVAL", self.interval, "it must be a number from 1 to 1000"));
        }
        if self.end == End::Count(0) {
            return Err(wrong("COUNT", 0, "it must be at least 1"));
        }
        each("BYMONTH", &self.by_month, |month| (1..=12).contains(month))?;
        each("BYMONTHDAY", &self.by_month_day, |day| *day != 0 && (-31..=31).contains(day))?;
        each("BYSETPOS", &self.by_set_pos, |place| *place != 0 && (-366..=366).contains(place))?;
        each("BYDAY", &self.by_day, |day| self.allows(*day))?;
        if self.freq == Frequency::Weekly && !self.by_month_day.is_empty() {
            return Err(RuleError::invalid(
                "BYMONTHDAY",
                &self.to_string(),
                "a weekly rule has no such part",
            ));
        }
        Ok(())
    }

    /// Ordinals count within a month or a year, so only rules of those lengths have them.
    fn allows(&self, day: ByDay) -> bool {
        match (day.ordinal, self.freq) {
            (None, _) => true,
            (Some(_), Frequency::Daily | Frequency::Weekly) => false,
            (Some(ordinal), Frequency::Monthly | Frequency::Yearly) => {
                ordinal != 0 && (-53..=53).contains(&ordinal)
            }
        }
    }
}

fn each<T: ToString>(part: &str, values: &[T], allowed: impl Fn(&T) -> bool) -> Result<(), RuleError> {
    match values.iter().find(|value| !allowed(value)) {
        None => Ok(()),
        Some(value) => Err(wrong(part, value.to_string(), "RFC 5545 does not allow it in this rule")),
    }
}

fn wrong(part: &str, value: impl ToString, reason: &str) -> RuleError {
    RuleError::invalid(part, &value.to_string(), reason)
}
