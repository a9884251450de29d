//! The `Prefer` header: each wish holds for the request that carries it, and no longer.

use crate::world::{Refusal, View};

/// The wishes that this service knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefer {
    pub(super) max_page_size: Option<usize>,
    pub(super) time_zone: Option<String>,
    pub(super) immutable_ids: bool,
    pub(super) text_bodies: bool,
}

impl Prefer {
    /// Reads all `Prefer` headers of a request; what is unknown is passed over.
    pub(super) fn read<'a>(headers: impl Iterator<Item = &'a str>) -> Self {
        let mut prefer = Self::default();
        for wish in headers.flat_map(|header| header.split([',', ';'])) {
            let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "odata.maxpagesize" | "maxpagesize" => prefer.max_page_size = value.parse().ok(),
                "outlook.timezone" => prefer.time_zone = Some(value.to_owned()),
                "idtype" => prefer.immutable_ids = value.eq_ignore_ascii_case("ImmutableId"),
                "outlook.body-content-type" => prefer.text_bodies = value.eq_ignore_ascii_case("text"),
                _ => {}
            }
        }
        prefer
    }

    /// How items are shaped by these wishes.
    pub(super) fn view(&self) -> Result<View, Refusal> {
        let mut view = match &self.time_zone {
            Some(zone) => View::default().in_zone(zone)?,
            None => View::default(),
        };
        view.immutable_ids = self.immutable_ids;
        view.text_bodies = self.text_bodies;
        Ok(view)
    }

    /// What the answer's `Preference-Applied` says.
    pub(super) fn applied(&self) -> Option<String> {
        let parts = [
            self.max_page_size.map(|size| format!("odata.maxpagesize={size}")),
            self.time_zone.as_ref().map(|zone| format!("outlook.timezone=\"{zone}\"")),
            self.immutable_ids.then(|| "IdType=\"ImmutableId\"".to_owned()),
            self.text_bodies.then(|| "outlook.body-content-type=\"text\"".to_owned()),
        ];
        let applied: Vec<String> = parts.into_iter().flatten().collect();
        (!applied.is_empty()).then(|| applied.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_headers_and_lists() {
        let headers =
            ["odata.maxpagesize=2, outlook.timezone=\"W. Europe Standard Time\"", "IdType=\"ImmutableId\""];
        let prefer = Prefer::read(headers.into_iter());
        assert_eq!(prefer.max_page_size, Some(2));
        assert_eq!(prefer.time_zone.as_deref(), Some("W. Europe Standard Time"));
        assert!(prefer.immutable_ids && !prefer.text_bodies);
        assert_eq!(Prefer::read(["respond-async"].into_iter()).applied(), None);
    }
}
