//! How a simulator is started: addresses, identity of the accepted app, limits, seed and clock.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;

use crate::SimClock;
use crate::world::Switches;

/// Everything that `Simulators::start` needs; take [`Default`] and change what matters.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// Where the simulated Outlook listens. Must be a loopback address; port 0 picks a free one.
    pub graph_listen: SocketAddr,
    /// Seed of every identifier, token and seeded event.
    pub seed: u64,
    /// The only client id that the sign-in accepts.
    pub client_id: String,
    /// When set, the token endpoint demands this secret (a confidential client).
    pub client_secret: Option<String>,
    /// The simulation's time.
    pub clock: SimClock,
    /// Life of an access token, in seconds.
    pub access_token_lifetime_s: u32,
    /// Life of an authorization code, in seconds.
    pub code_lifetime_s: u32,
    /// Life of an unused refresh token, in seconds.
    pub refresh_token_lifetime_s: u32,
    /// Items a page carries when the request names no size.
    pub default_page_size: usize,
    /// Rounds of change tracking that are remembered per calendar; older links answer 410.
    pub kept_sync_states: usize,
    /// Largest request body, in bytes; more answers 413.
    pub body_limit_bytes: usize,
    /// Throttling.
    pub limits: Limits,
    /// Behaviours that real tenants disagree on.
    pub switches: Switches,
}

/// Throttling per mailbox, after the published limits of Outlook.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Requests that may run at once on one mailbox.
    pub concurrent_per_mailbox: usize,
    /// Requests within one window.
    pub requests_per_window: usize,
    /// Length of the window, in seconds.
    pub window_s: u32,
    /// `Retry-After` of an answer about concurrency, in seconds.
    pub concurrency_retry_after_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_per_mailbox: 4,
            requests_per_window: 10_000,
            window_s: 600,
            concurrency_retry_after_s: 1,
        }
    }
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            graph_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            client_id: "callboard-simulated-client".to_owned(),
            client_secret: None,
            // Monday 2 November 2026, 08:00 UTC: a fixed start, so that a default run is repeatable.
            clock: SimClock::fixed(Timestamp::from_second(1_793_606_400).unwrap_or(Timestamp::UNIX_EPOCH)),
            access_token_lifetime_s: 3_600,
            code_lifetime_s: 600,
            refresh_token_lifetime_s: 90 * 24 * 3_600,
            default_page_size: 10,
            kept_sync_states: 200,
            body_limit_bytes: 4 * 1024 * 1024,
            limits: Limits::default(),
            switches: Switches::default(),
        }
    }
}
