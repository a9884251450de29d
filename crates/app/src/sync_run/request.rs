//! Asking the provider for a page, apart from the reading it belongs to: so the next page is on its way while the one
//! before it is applied.

use std::sync::Arc;

use model::Id;
use providers::contract::{ChangePage, Cursor, ReadWindow};
use tokio::sync::Semaphore;

use super::run::ask;
use crate::connections::not_configured;
use crate::{App, AppError};

/// Requests of one run sent at once; a mailbox allows four, and another calendar of it may be read at the same time.
pub(super) const REQUESTS_AT_ONCE: usize = 2;

/// Who may ask the provider: so many at once, the others wait for their turn.
#[derive(Debug)]
pub(super) struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(REQUESTS_AT_ONCE))
    }
}

impl Turns {
    /// Sends a request when there is room for it.
    pub(super) async fn take<T>(&self, request: impl Future<Output = T>) -> T {
        // Nobody closes it.
        let _turn = self.0.acquire().await;
        request.await
    }
}

/// A page to ask for.
pub(super) struct PageRequest {
    pub(super) user_id: Id,
    /// The calendar's id at the provider.
    pub(super) remote_calendar: String,
    /// Behind which page; `None`: the first.
    pub(super) at: Option<Cursor>,
    pub(super) window: ReadWindow,
    pub(super) turns: Arc<Turns>,
}

impl PageRequest {
    /// Asks for it.
    pub(super) async fn send(self, app: &App) -> Result<ChangePage, AppError> {
        let provider = app.outlook().ok_or_else(not_configured)?.clone();
        ask(app, self.user_id, |token| {
            let (provider, page) = (provider.clone(), &self);
            async move {
                let changes = provider.changes(&token, &page.remote_calendar, page.at.as_ref(), page.window);
                page.turns.take(changes).await
            }
        })
        .await
    }
}
