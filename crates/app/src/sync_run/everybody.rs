//! The background sync of everybody: nobody waits for somebody else's mailbox.
//!
//! At every tick those who are connected queue up, and so many of them are read at the same time. A mailbox that fails
//! ends its own turn only; one that is slow goes aside while the others go on in their places ([`super::turns`]), and is not
//! begun again before it came to its end.

use std::collections::HashMap;

use model::Id;
use model::documents::User;
use store::{Filter, TypedStore};
use tokio::task::{Id as TaskId, JoinSet};

use super::run::{RunOptions, refresh_calendars_softly, run_calendar, synced_calendars};
pub use super::turns::PEOPLE_AT_ONCE;
use super::turns::Turns;
use crate::{App, AppError};

/// Who is being read and who waits. Dropped, it lets go of what is under way: a run is cut between two commits, and the
/// next one goes on from there.
pub struct Everybody {
    app: App,
    turns: Turns,
    tasks: JoinSet<()>,
    whose: HashMap<TaskId, Id>,
}

impl Everybody {
    /// Nobody yet.
    pub fn new(app: App) -> Self {
        Self { app, turns: Turns::default(), tasks: JoinSet::new(), whose: HashMap::new() }
    }

    /// A new round: whoever is connected, and neither waits nor is being read, queues up; not those whose mailbox Outlook
    /// asked to leave alone.
    pub async fn tick(&mut self) -> Result<(), AppError> {
        let everybody: Vec<User> = self.app.store().all(Filter::eq("is_disabled", false)).await?;
        let connected = everybody
            .into_iter()
            .filter(|user| user.refresh_token.is_some() && user.reconnect_reason.is_none())
            .filter(|user| self.app.runs().rests_until(user.id, self.app.now()).is_none())
            .map(|user| user.id);
        self.turns.queue(connected);
        self.begin();
        Ok(())
    }

    /// Waits until somebody's turn ends, and begins the next one's. Answers whose it was; `None` when nobody is being
    /// read.
    pub async fn turn(&mut self) -> Option<Id> {
        let ended = self.tasks.join_next_with_id().await?;
        let (task, broke) = match ended {
            Ok((task, ())) => (task, None),
            Err(error) => (error.id(), Some(error)),
        };
        let user = self.whose.remove(&task);
        if let (Some(user), Some(error)) = (user, broke) {
            tracing::error!(%user, %error, "the sync of a mailbox broke off; it is tried again at the next round");
        }
        if let Some(user) = user {
            self.turns.ended(user, self.app.now());
        }
        self.begin();
        user
    }

    /// How many are being read now.
    pub fn under_way(&self) -> usize {
        self.turns.under_way()
    }

    fn begin(&mut self) {
        for user in self.turns.begin(self.app.now()) {
            let app = self.app.clone();
            let task = self.tasks.spawn(async move { sync_person(&app, user).await });
            self.whose.insert(task.id(), user);
        }
    }
}

/// Reads one person's list of calendars, and then each of them.
async fn sync_person(app: &App, user: Id) {
    refresh_calendars_softly(app, user).await;
    match synced_calendars(app, user).await {
        Ok(calendars) => {
            for calendar in calendars {
                run_calendar(app, calendar, RunOptions::default()).await;
            }
        }
        Err(error) => tracing::warn!(%user, %error, "the calendars could not be read"),
    }
}
