//! Settings of the HTTP edge, read by `cli` and handed over as plain values.

use std::net::IpAddr;
use std::time::Duration;

/// Settings of the HTTP edge.
#[derive(Debug, Clone)]
pub struct ApiOptions {
    /// Proxies whose `X-Forwarded-For` is believed. From anybody else the header is ignored.
    pub trusted_proxies: Vec<IpAddr>,
    /// Longest time a request may take until its answer begins.
    pub request_timeout: Duration,
    /// Longest time a connection may be silent before the whole head of a request has come, and between two requests.
    pub longest_silence: Duration,
    /// Longest time the store may take to answer `/readyz`.
    pub ready_timeout: Duration,
    /// Requests one address may make a minute. Many people can share one: an office behind one address.
    pub requests_per_minute: u32,
    /// Requests one account may make a minute.
    pub account_requests_per_minute: u32,
    /// Requests one address may make a minute to routes that try secrets: sign-in, one-time links, bad sessions.
    pub sign_in_requests_per_minute: u32,
    /// Tokens one account may ask for a minute.
    pub token_requests_per_minute: u32,
    /// Pause between two pings of `/api/v1/stream`.
    pub ping_interval: Duration,
    /// Origins pictures may come from besides our own, for map tiles: `https://tiles.example.org`.
    pub image_origins: Vec<String>,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            request_timeout: Duration::from_secs(30),
            // A proxy in front keeps unused connections for a minute or so; it is to be the one that closes them.
            longest_silence: Duration::from_secs(75),
            ready_timeout: Duration::from_secs(3),
            requests_per_minute: 60_000,
            account_requests_per_minute: 1_200,
            sign_in_requests_per_minute: 30,
            token_requests_per_minute: 20,
            ping_interval: Duration::from_secs(20),
            image_origins: Vec::new(),
        }
    }
}
