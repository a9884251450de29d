//! How often one address and one account may ask: token buckets that fill evenly over a minute.
//!
//! Limits on guessing count by address and only failures, limits on accounts only count who has proved the account:
//! so nobody can lock out an owner who has a session.

use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use model::Id;

use super::address::ClientAddress;
use crate::ApiOptions;
use crate::problem::Problem;
use crate::state::ApiState;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// So many buckets are kept before full ones are thrown away.
const SWEEP_AT: usize = 10_000;

/// All limits of this process.
pub(crate) struct Limits {
    address: Buckets<IpAddr>,
    sign_in: Buckets<IpAddr>,
    failures: Buckets<IpAddr>,
    account: Buckets<Id>,
    tokens: Buckets<Id>,
}

/// What is left to the account of a request, once it has proved one: from the extractor to the headers of the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccountAllowance(Arc<OnceLock<Allowance>>);

impl AccountAllowance {
    /// Notes it; the first account of a request counts.
    pub(crate) fn note(&self, allowance: Allowance) {
        let _ = self.0.set(allowance);
    }
}

/// What a bucket answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Requests left now.
    pub(crate) left: u32,
    /// Seconds until there is one again; zero while there are some.
    pub(crate) wait_s: u64,
}

impl Limits {
    /// Limits as configured.
    pub(crate) fn new(options: &ApiOptions) -> Self {
        Self {
            address: Buckets::new(options.requests_per_minute),
            sign_in: Buckets::new(options.sign_in_requests_per_minute),
            failures: Buckets::new(options.sign_in_requests_per_minute),
            account: Buckets::new(options.account_requests_per_minute),
            tokens: Buckets::new(options.token_requests_per_minute),
        }
    }

    /// Counts a request of somebody who proved who they are.
    pub(crate) fn account(&self, user_id: Id, now: Timestamp) -> Allowance {
        self.account.take(user_id, now)
    }

    /// Counts a token that somebody wants.
    pub(crate) fn token(&self, user_id: Id, now: Timestamp) -> Result<(), Problem> {
        self.tokens.take(user_id, now).refuse("your account asks for too many tokens")
    }

    /// Counts a session or token that was refused.
    pub(crate) fn failure(&self, address: IpAddr, now: Timestamp) -> Result<(), Problem> {
        self.failures
            .take(network(address), now)
            .refuse("too many attempts with a session or token that is not valid")
    }
}

/// Counts every request by its address, those that begin or end a sign-in more tightly.
pub(crate) async fn by_address(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    let Some(address) = request.extensions().get::<ClientAddress>().copied() else {
        return next.run(request).await;
    };
    let path = request.uri().path();
    let signs_in = path.starts_with("/auth/");
    if !signs_in && !path.starts_with("/api/") {
        return next.run(request).await;
    }
    let buckets = if signs_in { &state.limits.sign_in } else { &state.limits.address };
    let allowance = buckets.take(network(address.ip), state.app.now());
    let account = AccountAllowance::default();
    request.extensions_mut().insert(account.clone());
    let mut response = match allowance.refuse("your address makes too many requests") {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    let mut policy = format!("\"address\";q={};w=60", buckets.per_minute);
    let mut state_now = format!("\"address\";r={};t={}", allowance.left, allowance.wait_s);
    if let Some(Allowance { left, wait_s }) = account.0.get() {
        let _ = write!(policy, ", \"account\";q={};w=60", state.limits.account.per_minute);
        let _ = write!(state_now, ", \"account\";r={left};t={wait_s}");
    }
    for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state_now)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

impl Allowance {
    /// Refuses what is not allowed now.
    pub(crate) fn refuse(self, why: &str) -> Result<(), Problem> {
        if self.wait_s == 0 {
            return Ok(());
        }
        let detail = format!("{why}; try again in {} seconds", self.wait_s);
        Err(Problem::new("too_many_requests", detail).retry_after_s(self.wait_s))
    }
}

/// One household or company has a whole IPv6 network: it counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

/// Buckets of one kind. A request costs a minute's worth divided by the limit; time pays it back.
struct Buckets<K> {
    per_minute: u32,
    /// When each bucket is full again, in microseconds since 1970.
    full_at_us: Mutex<HashMap<K, i64>>,
}

impl<K: Eq + Hash> Buckets<K> {
    fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), full_at_us: Mutex::default() }
    }

    fn take(&self, key: K, now: Timestamp) -> Allowance {
        const WINDOW_US: i64 = 60_000_000;
        let now_us = now.as_microsecond();
        let cost_us = (WINDOW_US / i64::from(self.per_minute)).max(1);
        // A panic elsewhere cannot leave a half-changed number behind.
        let mut buckets = self.full_at_us.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SWEEP_AT {
            buckets.retain(|_, full_at| *full_at > now_us);
        }
        let full_at = buckets.entry(key).or_insert(now_us);
        // More debt than a window can hold means that the clock was set back: nobody is locked out for that.
        let debt_us =
            Some(*full_at - now_us).filter(|debt| (0..=WINDOW_US).contains(debt)).unwrap_or(0) + cost_us;
        if debt_us > WINDOW_US {
            let wait_us = debt_us - WINDOW_US;
            return Allowance {
                left: 0,
                wait_s: u64::try_from(wait_us).unwrap_or(0).div_ceil(1_000_000).max(1),
            };
        }
        *full_at = now_us + debt_us;
        let left = u32::try_from((WINDOW_US - debt_us) / cost_us).unwrap_or(0);
        Allowance { left, wait_s: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(3);
        let start = Timestamp::from_second(1_000_000).unwrap();
        let later = |s: i64| Timestamp::from_second(1_000_000 + s).unwrap();
        assert_eq!(buckets.take(1, start), Allowance { left: 2, wait_s: 0 });
        assert_eq!(buckets.take(1, start), Allowance { left: 1, wait_s: 0 });
        assert_eq!(buckets.take(1, start), Allowance { left: 0, wait_s: 0 });
        assert_eq!(buckets.take(1, start), Allowance { left: 0, wait_s: 20 });
        assert_eq!(buckets.take(2, start), Allowance { left: 2, wait_s: 0 }, "another key is another bucket");
        assert_eq!(buckets.take(1, later(19)).wait_s, 1);
        assert_eq!(buckets.take(1, later(20)), Allowance { left: 0, wait_s: 0 });
        assert_eq!(buckets.take(1, later(300)), Allowance { left: 2, wait_s: 0 });
        assert_eq!(buckets.take(1, later(-1_000_000)).wait_s, 0, "a clock set back does not lock out");
    }

    #[test]
    fn one_ipv6_network_is_one_address() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
