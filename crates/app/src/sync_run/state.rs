//! How far runs are, for those who watch.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jiff::{SignedDuration, Timestamp};
use model::Id;
use providers::contract::ProviderError;
use serde::{Deserialize, Serialize};

use super::request::Turns;
use crate::AppError;

/// How many ended runs are remembered.
const REMEMBERED: usize = 200;

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// It works.
    Running,
    /// It came to its end.
    Done,
    /// It stopped; `error` says why.
    Failed,
}

/// Why a run stopped, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunError {
    /// A stable code.
    pub code: String,
    /// What was attempted and what came back.
    pub message: String,
    /// What to do.
    pub advice: String,
}

/// How far one run is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunState {
    /// Its id.
    pub run_id: Id,
    /// Whose calendar it is.
    #[serde(skip)]
    pub user_id: Id,
    /// Which calendar.
    pub calendar_id: Id,
    /// The calendar's name.
    pub calendar_name: String,
    /// Where it is.
    pub state: RunPhase,
    /// Pages read.
    pub pages: u64,
    /// Items looked at.
    pub events_processed: u64,
    /// Events made.
    pub events_created: u64,
    /// Events changed.
    pub events_updated: u64,
    /// Events removed.
    pub events_deleted: u64,
    /// Deletions that wait for a person.
    pub events_held: u64,
    /// How many of them this run added.
    #[serde(skip)]
    pub events_newly_held: u64,
    /// Events that could not be taken over.
    pub events_failed: u64,
    /// Why it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<RunError>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl RunState {
    /// A run that just began.
    pub fn begun(run_id: Id, user_id: Id, calendar_id: Id, calendar_name: &str, now: Timestamp) -> Self {
        Self {
            run_id,
            user_id,
            calendar_id,
            calendar_name: calendar_name.to_owned(),
            state: RunPhase::Running,
            pages: 0,
            events_processed: 0,
            events_created: 0,
            events_updated: 0,
            events_deleted: 0,
            events_held: 0,
            events_newly_held: 0,
            events_failed: 0,
            error: None,
            started_at: now,
            completed_at: None,
        }
    }

    /// Whether the run changed nothing.
    pub fn is_quiet(&self) -> bool {
        self.events_created
            + self.events_updated
            + self.events_deleted
            + self.events_newly_held
            + self.events_failed
            == 0
            && self.error.is_none()
    }
}

/// The runs of this process, newest last.
#[derive(Default)]
pub struct Runs {
    states: Mutex<VecDeque<RunState>>,
    /// Mailboxes that Outlook asked to leave alone, until when.
    resting: Mutex<HashMap<Id, Timestamp>>,
    /// Mailboxes that are asked about, and whose turn it is.
    turns: Mutex<HashMap<Id, Weak<Turns>>>,
}

impl Runs {
    /// Runs of one user, or of all, newest first.
    pub fn recent(&self, user_id: Option<Id>) -> Vec<RunState> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.iter().rev().filter(|run| user_id.is_none_or(|id| run.user_id == id)).cloned().collect()
    }

    /// Outlook asked to leave this person's mailbox alone for so long; of several such words the longest holds. Remembered by
    /// this process only: whoever asks too early is told so again.
    pub(crate) fn rest(&self, user_id: Id, now: Timestamp, wait_ms: u64) {
        let wait = SignedDuration::from_millis(i64::try_from(wait_ms).unwrap_or(i64::MAX));
        let Ok(until) = now.checked_add(wait) else { return };
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let known = resting.entry(user_id).or_insert(until);
        *known = until.max(*known);
    }

    /// Until when this person's mailbox is to be left alone.
    pub(crate) fn rests_until(&self, user_id: Id, now: Timestamp) -> Option<Timestamp> {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|_, until| *until > now);
        resting.get(&user_id).copied()
    }

    /// Whose turn it is to ask about this person's mailbox.
    pub(super) fn turns(&self, user_id: Id) -> Arc<Turns> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = turns.get(&user_id).and_then(Weak::upgrade) {
            return turns;
        }
        turns.retain(|_, turns| turns.strong_count() > 0);
        let new = Arc::default();
        turns.insert(user_id, Arc::downgrade(&new));
        new
    }

    /// Remembers how far a run is.
    pub fn remember(&self, state: &RunState) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = states.iter_mut().find(|run| run.run_id == state.run_id) {
            known.clone_from(state);
            return;
        }
        states.push_back(state.clone());
        while states.len() > REMEMBERED {
            let Some(ended) = states.iter().position(|run| run.state != RunPhase::Running) else { break };
            states.remove(ended);
        }
    }
}

impl From<&AppError> for RunError {
    fn from(error: &AppError) -> Self {
        let message = sentence(&error.to_string());
        let (code, advice) = match error {
            AppError::Provider(ProviderError::Retry { code, .. }) => {
                (code.clone(), "Nothing was lost; it is tried again by itself, or press Sync later.")
            }
            AppError::Provider(ProviderError::Reconnect { code, .. }) => {
                (code.clone(), "Sign in with Outlook again.")
            }
            AppError::Provider(ProviderError::AccessTokenRefused { .. }) => {
                ("access_token_refused".to_owned(), "Sign in with Outlook again.")
            }
            AppError::Provider(ProviderError::CursorGone { .. }) => {
                ("cursor_gone".to_owned(), "The calendar is read from the start with the next sync.")
            }
            AppError::Provider(ProviderError::NotFound { .. }) => (
                "calendar_gone".to_owned(),
                "Outlook does not have this calendar any more. Its events are kept here; delete the calendar here if it is not needed.",
            ),
            AppError::Provider(ProviderError::GiveUp { code, .. }) => (
                code.clone(),
                "Sync again when that is mended; your administrator may need what stands here.",
            ),
            AppError::Store(_) => {
                ("store_failed".to_owned(), "Ask the operator to look at the store with `callboard doctor`.")
            }
            AppError::Conflict { code, .. } => ((*code).to_owned(), "Try again in a moment."),
            _ => (
                "sync_failed".to_owned(),
                "Try again; if it stays, tell your administrator what stands here.",
            ),
        };
        Self { code, message, advice: advice.to_owned() }
    }
}

/// Errors are told in the middle of other text; here one stands alone, with advice behind it.
fn sentence(error: &str) -> String {
    let mut letters = error.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let stop = if error.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pause_ends_no_long_one() {
        let (runs, user, now) = (Runs::default(), Id::from_bytes([1; 12]), Timestamp::UNIX_EPOCH);
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        for (asked_s, until_s) in [(60, 60), (300, 300), (5, 300)] {
            runs.rest(user, now, asked_s * 1_000);
            assert_eq!(runs.rests_until(user, now), Some(after(until_s)));
        }
        assert_eq!(runs.rests_until(user, after(300)), None);
    }
}
