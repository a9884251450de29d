//! From which address a request comes: the peer of the connection, or what a listed proxy says of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName};

use crate::state::ApiState;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address a request comes from, in its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress {
    /// The address.
    pub(crate) ip: IpAddr,
    /// Whether it comes from this machine itself, without any proxy between that we do not know.
    pub(crate) is_local: bool,
}

/// Finds the address once, for limits and logs.
pub(crate) async fn find(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = resolve(peer, request.headers(), &state.options.trusted_proxies);
    request.extensions_mut().insert(address);
    next.run(request).await
}

/// Walks the proxies from the nearest outwards and stops at the first address that is no listed proxy: what stands
/// further out could be written by anybody.
fn resolve(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpAddr]) -> ClientAddress {
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    let is_forwarded = headers.contains_key(&FORWARDED_FOR) || headers.contains_key(http::header::FORWARDED);
    if !trusted.contains(&peer) {
        return ClientAddress { ip: peer, is_local: peer.is_loopback() && !is_forwarded };
    }
    let mut ip = peer;
    let named: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    for hop in named.iter().flat_map(|value| value.split(',')).rev() {
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        ip = hop.to_canonical();
        if !trusted.contains(&ip) {
            break;
        }
    }
    ClientAddress { ip, is_local: ip.is_loopback() && !is_forwarded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_proxies_are_believed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        let cases = [
            ("192.0.2.7", "", "192.0.2.7"),
            ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.5, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.5, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "forged, 10.0.0.2", "10.0.0.2"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ];
        for (peer, forwarded, expected) in cases {
            let mut headers = HeaderMap::new();
            if !forwarded.is_empty() {
                headers.insert(FORWARDED_FOR, forwarded.parse().unwrap());
            }
            let found = resolve(Some(ip(peer)), &headers, &trusted);
            assert_eq!(found.ip, ip(expected), "{peer} {forwarded}");
        }
    }

    #[test]
    fn a_proxy_on_this_machine_does_not_make_strangers_local() {
        let loopback = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let mut headers = HeaderMap::new();
        assert!(resolve(loopback, &headers, &[]).is_local);
        headers.insert(FORWARDED_FOR, "127.0.0.1".parse().unwrap());
        assert!(!resolve(loopback, &headers, &[]).is_local);
        assert!(!resolve(None, &HeaderMap::new(), &[]).is_local);
    }
}
