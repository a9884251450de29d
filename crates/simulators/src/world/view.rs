//! How a reader wants events: the parts of `Prefer`, `$select` and `$expand` that shape an item.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::refusal::Refusal;
use super::times;

/// The shape of an answer. [`Default`] is what Graph gives to a request without any header.
#[derive(Clone, Debug)]
pub struct View {
    zone: String,
    tz: TimeZone,
    /// `Prefer: IdType="ImmutableId"`.
    pub immutable_ids: bool,
    /// `Prefer: outlook.body-content-type="text"`.
    pub text_bodies: bool,
    /// `$select`: only these members, beside id and etag.
    pub select: Option<Vec<String>>,
    /// `$expand=exceptionOccurrences`.
    pub expand_exceptions: bool,
    /// `$expand=singleValueExtendedProperties`: the ids asked for.
    pub expand_extended: Vec<String>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            zone: times::UTC.to_owned(),
            tz: TimeZone::UTC,
            immutable_ids: false,
            text_bodies: false,
            select: None,
            expand_exceptions: false,
            expand_extended: Vec::new(),
        }
    }
}

impl View {
    /// With times in the zone of this Windows or IANA name (`Prefer: outlook.timezone`).
    ///
    /// # Errors
    /// `TimeZoneNotSupportedException` for an unknown name.
    pub fn in_zone(mut self, name: &str) -> Result<Self, Refusal> {
        self.tz = times::resolve(name).ok_or_else(|| Refusal::unknown_zone(name))?;
        name.clone_into(&mut self.zone);
        Ok(self)
    }

    /// Only these members.
    #[must_use]
    pub fn selecting(mut self, members: &[&str]) -> Self {
        self.select = Some(members.iter().map(|member| (*member).to_owned()).collect());
        self
    }

    /// With ids that survive moves.
    #[must_use]
    pub fn immutable(mut self) -> Self {
        self.immutable_ids = true;
        self
    }

    pub(super) fn wants(&self, member: &str) -> bool {
        self.select.as_ref().is_some_and(|list| list.iter().any(|one| one.eq_ignore_ascii_case(member)))
    }

    /// A time of an event in the reader's zone.
    pub(super) fn time(&self, moment: &times::Moment, is_all_day: bool) -> Value {
        if is_all_day { moment.date_in_zone(&self.zone) } else { moment.in_zone(&self.zone, &self.tz) }
    }

    /// A time of an occurrence skeleton, whose zone has its Windows name whatever was asked for.
    pub(super) fn skeleton_time(&self, moment: &times::Moment, is_all_day: bool) -> Value {
        let zone = recurrence::zones::iana_to_windows(&self.zone).unwrap_or(&self.zone);
        if is_all_day { moment.date_in_zone(zone) } else { moment.in_zone(zone, &self.tz) }
    }

    /// Drops what was not selected.
    pub(super) fn prune(&self, mut event: Value) -> Value {
        if let (Some(select), Some(members)) = (&self.select, event.as_object_mut()) {
            members.retain(|name, _| {
                name == "id"
                    || name == "@odata.etag"
                    || name == "@odata.type"
                    || (name == "exceptionOccurrences" && self.expand_exceptions)
                    || name == "singleValueExtendedProperties"
                    || select.iter().any(|one| one.eq_ignore_ascii_case(name))
            });
        }
        event
    }
}
