//! Outlook's limits per mailbox: requests at once, and requests within a window.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::Limits;

/// Why a request has to wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Throttled {
    /// Too many at once.
    Concurrency { retry_after_s: u32 },
    /// Too many in the window.
    Rate { retry_after_s: u32 },
}

/// The counters of all mailboxes.
#[derive(Debug)]
pub(crate) struct Throttle {
    limits: Limits,
    mailboxes: Arc<Mutex<HashMap<String, Mailbox>>>,
}

#[derive(Debug)]
struct Mailbox {
    running: usize,
    window_start: Timestamp,
    in_window: usize,
}

/// A request that is under way; dropping it frees its place.
#[derive(Debug)]
pub(crate) struct Running {
    user: String,
    mailboxes: Arc<Mutex<HashMap<String, Mailbox>>>,
}

impl Throttle {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, mailboxes: Arc::default() }
    }

    /// Counts a request of `user` in, or says how long to wait. Refused ones count too.
    pub(crate) fn enter(&self, user: &str, now: Timestamp) -> Result<Running, Throttled> {
        let mut mailboxes = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Mailbox { running: 0, window_start: now, in_window: 0 };
        let mailbox = mailboxes.entry(user.to_owned()).or_insert_with(fresh);
        let passed_s = now.duration_since(mailbox.window_start).as_secs();
        if passed_s < 0 || passed_s >= i64::from(self.limits.window_s) {
            (mailbox.window_start, mailbox.in_window) = (now, 0);
        }
        mailbox.in_window += 1;
        if mailbox.in_window > self.limits.requests_per_window {
            let left = i64::from(self.limits.window_s) - passed_s;
            return Err(Throttled::Rate { retry_after_s: u32::try_from(left.max(1)).unwrap_or(1) });
        }
        if mailbox.running >= self.limits.concurrent_per_mailbox {
            return Err(Throttled::Concurrency { retry_after_s: self.limits.concurrency_retry_after_s });
        }
        mailbox.running += 1;
        Ok(Running { user: user.to_owned(), mailboxes: Arc::clone(&self.mailboxes) })
    }

    pub(crate) fn clear(&self) {
        let mut mailboxes = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        mailboxes.values_mut().for_each(|mailbox| mailbox.in_window = 0);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut mailboxes = self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mailbox) = mailboxes.get_mut(&self.user) {
            mailbox.running = mailbox.running.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn four_at_once_and_a_window() {
        let limits = Limits { requests_per_window: 6, ..Limits::default() };
        let throttle = Throttle::new(limits);
        let now: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let running: Vec<_> = (0..4).map(|_| throttle.enter("ada", now).unwrap()).collect();
        assert_eq!(throttle.enter("ada", now).unwrap_err(), Throttled::Concurrency { retry_after_s: 1 });
        assert!(throttle.enter("jonas", now).is_ok());
        drop(running);
        assert!(throttle.enter("ada", now).is_ok());
        let later = now + SignedDuration::from_secs(90);
        assert_eq!(throttle.enter("ada", later).unwrap_err(), Throttled::Rate { retry_after_s: 510 });
        assert!(throttle.enter("ada", now + SignedDuration::from_secs(600)).is_ok());
    }
}
