//! The door: a bearer that is good, and a mailbox that is not over its limits.

use super::super::answer::{Answer, Trace, graph_error};
use super::Asked;
use crate::outlook::oauth::BearerError;
use crate::shared::Shared;
use crate::throttle::{Running, Throttled};
use crate::world::{Refusal, UserSpec};

/// Turned away at the door.
pub(in crate::outlook) struct TurnedAway {
    refusal: Refusal,
    retry_after_s: Option<u32>,
    /// Mail address, when the bearer was good.
    pub(in crate::outlook) user: Option<String>,
}

impl TurnedAway {
    pub(in crate::outlook) fn answer(&self, trace: &Trace) -> Answer {
        let answer = graph_error(&self.refusal, trace);
        match self.retry_after_s {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None if self.refusal.status == 401 => answer.with("www-authenticate", "Bearer realm=\"\""),
            None => answer,
        }
    }
}

/// The person behind the bearer, and a place in the mailbox that is held until it is dropped.
pub(in crate::outlook) fn admit(shared: &Shared, asked: &Asked) -> Result<(UserSpec, Running), TurnedAway> {
    let bearer = asked.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let person = shared.grants.bearer(bearer.unwrap_or_default(), asked.now).and_then(|id| {
        // A token of somebody that a reset removed is a token nobody knows.
        shared.world.user(&id).map_err(|_| BearerError::Unknown)
    });
    let person = person.map_err(|error| {
        let message = match error {
            BearerError::Missing => "Access token is empty.",
            BearerError::Unknown => "Access token validation failure.",
            BearerError::Expired => "Lifetime validation failed, the token is expired.",
        };
        let refusal = Refusal::new(401, "InvalidAuthenticationToken", message);
        TurnedAway { refusal, retry_after_s: None, user: None }
    })?;
    match shared.throttle.enter(&person.mail, asked.now) {
        Ok(running) => Ok((person, running)),
        Err(throttled) => {
            let (refusal, retry_after_s) = match throttled {
                Throttled::Concurrency { retry_after_s } => {
                    let message = "Application is over its MailboxConcurrency limit.";
                    (Refusal::new(429, "ApplicationThrottled", message), retry_after_s)
                }
                Throttled::Rate { retry_after_s } => {
                    (Refusal::new(429, "TooManyRequests", "Please retry again later."), retry_after_s)
                }
            };
            Err(TurnedAway { refusal, retry_after_s: Some(retry_after_s), user: Some(person.mail) })
        }
    }
}
