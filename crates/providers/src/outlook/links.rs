//! Which addresses may get a bearer.
//!
//! Graph continues a read by absolute links of its own making. Whoever can put a link into an answer would otherwise
//! be sent the person's token, so a link is followed only when it lies on the configured Graph base.

use url::Url;

use super::config::below;

/// The Graph base and the question whether an address lies on it.
#[derive(Debug, Clone)]
pub(super) struct LinkBase {
    base: Url,
}

impl LinkBase {
    pub(super) fn new(base: Url) -> Self {
        Self { base }
    }

    /// The address of a resource of Graph v1.0; ids are percent-encoded as one segment each.
    /// `None` for segments that would climb out of the path.
    pub(super) fn resource(&self, segments: &[&str]) -> Option<Url> {
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        let mut all = vec!["v1.0"];
        all.extend(segments);
        Some(below(&self.base, &all))
    }

    /// Reads a link of an answer; `None` unless it is absolute and lies on the base.
    pub(super) fn read(&self, link: &str) -> Option<Url> {
        // The parser forgives blanks and control characters; a link that needs that is not one of Graph's.
        if link.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return None;
        }
        let url = Url::parse(link).ok()?;
        self.covers(&url).then_some(url)
    }

    /// Whether a bearer may be sent to the address: same scheme, host and port, below the base's path, no user part.
    pub(super) fn covers(&self, url: &Url) -> bool {
        url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default()
            && url.username().is_empty()
            && url.password().is_none()
            && below_path(self.base.path(), url.path())
    }
}

/// Whether `path` is under the folder `base`.
fn below_path(base: &str, path: &str) -> bool {
    path.strip_prefix(base.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_one_segment() {
        let base = LinkBase::new(Url::parse("https://graph.microsoft.com").unwrap());
        let url = base.resource(&["me", "calendars", "AAk/../=+?#%", "events"]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://graph.microsoft.com/v1.0/me/calendars/AAk%2F..%2F=+%3F%23%25/events"
        );
        assert_eq!(base.resource(&["me", "events", ".."]), None);
        assert_eq!(base.resource(&["me", "events", ""]), None);
    }

    #[test]
    fn a_base_with_a_path_keeps_links_inside_it() {
        let base = LinkBase::new(Url::parse("http://127.0.0.1:9/graph/").unwrap());
        assert!(base.read("http://127.0.0.1:9/graph/v1.0/me/calendars?$skiptoken=a'b").is_some());
        for outside in
            ["http://127.0.0.1:9/graphs/v1.0", "http://127.0.0.1:9/v1.0", "http://127.0.0.1:9/graph/../v1.0"]
        {
            assert_eq!(base.read(outside), None, "{outside}");
        }
    }
}
