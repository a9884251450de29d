//! Asking the provider, apart from the reading it belongs to: so the next page is on its way while the one before it is
//! applied.

use std::sync::Arc;

use model::Id;
use model::documents::Calendar;
use providers::contract::{CalendarProvider, ChangePage, Cursor, Next, ReadWindow};
use sync::remote::RemoteEntry;
use tokio::sync::Semaphore;

use super::run::ask;
use crate::connections::not_configured;
use crate::{App, AppError};

/// Requests about one mailbox sent at once, whatever runs read it: it allows four.
pub(super) const REQUESTS_AT_ONCE: usize = 4;

/// Who may ask about a mailbox: so many at once, the others wait for their turn.
#[derive(Debug)]
pub(super) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(REQUESTS_AT_ONCE))
    }
}

impl Turns {
    /// Sends a request when there is room for it.
    async fn take<T>(&self, request: impl Future<Output = T>) -> T {
        // Nobody closes it.
        let _turn = self.0.acquire().await;
        request.await
    }
}

/// A calendar at the provider, as one run asks for it.
#[derive(Debug, Clone)]
pub(super) struct Mailbox {
    pub(super) user_id: Id,
    pub(super) calendar_id: Id,
    /// The calendar's id at the provider.
    pub(super) remote_calendar: String,
    turns: Arc<Turns>,
}

impl Mailbox {
    /// Of this calendar here.
    pub(super) fn of(app: &App, calendar: &Calendar) -> Result<Self, AppError> {
        let remote_calendar =
            calendar.outlook_calendar_id.clone().ok_or(AppError::NotFound { what: "calendar" })?;
        Ok(Self {
            user_id: calendar.user_id,
            calendar_id: calendar.id,
            remote_calendar,
            turns: app.runs().turns(calendar.user_id),
        })
    }

    /// One item by its id; `None` when it is gone.
    pub(super) async fn item(&self, app: &App, id: &str) -> Result<Option<RemoteEntry>, AppError> {
        let provider = provider(app)?;
        ask(app, self.user_id, |token| {
            let provider = provider.clone();
            async move { self.turns.take(provider.event(&token, id)).await }
        })
        .await
    }

    /// The calendar at the provider that an event is in; `None` when the event is gone.
    pub(super) async fn calendar_of(&self, app: &App, id: &str) -> Result<Option<String>, AppError> {
        let provider = provider(app)?;
        ask(app, self.user_id, |token| {
            let provider = provider.clone();
            async move { self.turns.take(provider.calendar_of(&token, id)).await }
        })
        .await
    }
}

/// A page to ask for.
#[derive(Clone)]
pub(super) struct PageRequest {
    pub(super) mailbox: Mailbox,
    /// Behind which page; `None`: the first.
    pub(super) at: Option<Cursor>,
    pub(super) window: ReadWindow,
}

impl PageRequest {
    /// The request for the page behind this one's, unless that is the last.
    pub(super) fn behind(&self, page: &ChangePage) -> Option<Self> {
        match &page.next {
            Next::Page(cursor) => Some(Self { at: Some(cursor.clone()), ..self.clone() }),
            Next::Done(_) => None,
        }
    }

    /// Asks for it.
    pub(super) async fn send(self, app: &App) -> Result<ChangePage, AppError> {
        let provider = provider(app)?;
        ask(app, self.mailbox.user_id, |token| {
            let (provider, page) = (provider.clone(), &self);
            async move {
                let calendar = &page.mailbox.remote_calendar;
                let changes = provider.changes(&token, calendar, page.at.as_ref(), page.window);
                page.mailbox.turns.take(changes).await
            }
        })
        .await
    }
}

fn provider(app: &App) -> Result<Arc<dyn CalendarProvider>, AppError> {
    app.outlook().cloned().ok_or_else(not_configured)
}
