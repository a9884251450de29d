//! Whether the way to the server can be trusted, as the address says it: options that take TLS's proof away are refused, and
//! clear text is told, but for a server on this machine.

/// Options that let anybody be the server. Names of options are the same in capitals.
const UNPROVEN: [&str; 3] = ["tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"];

/// How far the way can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It stays on this machine, or is encrypted to a server that has proved who it is.
    Safe,
    /// It goes over a network in clear.
    InClear,
    /// The named option takes the proof away.
    Unproven(&'static str),
}

/// What the address says of the way to its hosts.
pub(crate) fn of(uri: &str) -> Way {
    if is_here(uri) {
        return Way::Safe;
    }
    let is_on = |wanted: &str| option(uri, wanted).map(|value| value.eq_ignore_ascii_case("true"));
    if let Some(name) = UNPROVEN.iter().find(|name| is_on(name) == Some(true)) {
        return Way::Unproven(name);
    }
    // What `mongodb+srv` looks up is encrypted unless it is told otherwise.
    let usual = uri.starts_with("mongodb+srv://");
    if is_on("tls").or(is_on("ssl")).unwrap_or(usual) { Way::Safe } else { Way::InClear }
}

/// The last value of an option.
fn option<'a>(uri: &'a str, wanted: &str) -> Option<&'a str> {
    let options = uri.split_once('?').map_or("", |(_, options)| options).split('&');
    let named = options.filter_map(|option| option.split_once('='));
    named.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value).next_back()
}

/// Whether all hosts are this machine.
fn is_here(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("mongodb://") else { return false };
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = place.rsplit_once('@').map_or(place, |(_, hosts)| hosts);
    !hosts.is_empty() && hosts.split(',').all(is_loopback)
}

fn is_loopback(host: &str) -> bool {
    // A socket of the system, with its slashes escaped.
    if host.to_ascii_lowercase().starts_with("%2f") {
        return true;
    }
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proven_or_a_local_way_is_safe() {
        for (uri, way) in [
            ("mongodb://127.0.0.1:27017/b", Way::Safe),
            ("mongodb://localhost,[::1]:27018/b?tlsInsecure=true&tls=true", Way::Safe),
            ("mongodb://%2Ftmp%2Fmongodb-27017.sock/b", Way::Safe),
            ("mongodb://u:p@a.example.org/b?tls=true", Way::Safe),
            ("mongodb://a.example.org/b?ssl=TRUE", Way::Safe),
            ("mongodb+srv://a.example.org/b", Way::Safe),
            ("mongodb://a.example.org/b?tls=true&tlsInsecure=false", Way::Safe),
            ("mongodb://a.example.org/b", Way::InClear),
            ("mongodb://127.0.0.1,a.example.org/b", Way::InClear),
            ("mongodb://localhost@a.example.org/b", Way::InClear),
            ("mongodb://localhost.example.org/b", Way::InClear),
            ("mongodb+srv://a.example.org/b?tls=false", Way::InClear),
            ("mongodb://a.example.org/b?tls=true&TLSINSECURE=true", Way::Unproven("tlsInsecure")),
            (
                "mongodb+srv://a.example.org/b?tlsAllowInvalidCertificates=true",
                Way::Unproven("tlsAllowInvalidCertificates"),
            ),
            (
                "mongodb://a/b?tls=true&tlsAllowInvalidHostnames=true",
                Way::Unproven("tlsAllowInvalidHostnames"),
            ),
        ] {
            assert_eq!(of(uri), way, "{uri}");
        }
    }
}
