//! The simulators' own time: fixed and moved by hand, or following a clock that the caller gives.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// A clock that tests and the control side can set and advance. Clones share one time.
#[derive(Clone)]
pub struct SimClock {
    base: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    offset: Arc<Mutex<SignedDuration>>,
}

impl SimClock {
    /// A clock that stands still at `at` until it is moved.
    pub fn fixed(at: Timestamp) -> Self {
        Self::following(Arc::new(move || at))
    }

    /// A clock that runs with `now`, shifted by whatever [`set`](Self::set) and
    /// [`advance`](Self::advance) were told.
    pub fn following(now: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self { base: now, offset: Arc::new(Mutex::new(SignedDuration::ZERO)) }
    }

    /// The present moment of the simulation.
    pub fn now(&self) -> Timestamp {
        let offset = *self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        (self.base)().saturating_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Makes `now` the present moment; the clock goes on from there.
    pub fn set(&self, now: Timestamp) {
        let offset = now.duration_since((self.base)());
        *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = offset;
    }

    /// Moves the present moment by `by`, which may be negative.
    pub fn advance(&self, by: SignedDuration) {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        *offset = offset.saturating_add(by);
    }
}

impl std::fmt::Debug for SimClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SimClock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_only_when_told() {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let clock = SimClock::fixed(start);
        let twin = clock.clone();
        assert_eq!(clock.now(), start);
        clock.advance(SignedDuration::from_secs(90));
        assert_eq!(twin.now().to_string(), "2026-11-02T08:01:30Z");
        clock.set("2027-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(twin.now().to_string(), "2027-01-01T00:00:00Z");
    }
}
