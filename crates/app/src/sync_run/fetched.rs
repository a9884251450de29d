//! Pages on their way: those behind the ones that are applied are fetched meanwhile, and what has come by then is applied
//! together, as far as it has nothing to do with each other.
//!
//! A commit of several pages costs little more than that of one: the disk is waited for once, and what lies in no order,
//! as the provider's ids, is looked up and written all over in either case.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::{OptionFuture, join};
use providers::contract::ChangePage;
use sync::remote::RemoteEntry;
use tokio::task::{JoinError, JoinSet};

use super::gather;
use super::request::{Mailbox, PageRequest};
use crate::{App, AppError};

/// When so many items wait no further page is fetched…
const ENOUGH_ITEMS: usize = 800;
/// …or so many bytes of descriptions.
const ENOUGH_TEXT_BYTES: usize = 1 << 20;

/// What was fetched: a page and those behind it, the last of them perhaps a failure in a page's place.
pub(super) struct Fetched {
    pub(super) first: Result<ChangePage, AppError>,
    pub(super) behind: Vec<Result<ChangePage, AppError>>,
}

impl Fetched {
    /// One answer.
    pub(super) fn of(first: Result<ChangePage, AppError>) -> Self {
        Self { first, behind: Vec::new() }
    }

    fn is_enough(&self) -> bool {
        let pages = || std::iter::once(&self.first).chain(&self.behind).flatten();
        let entries = || pages().flat_map(|page| &page.entries);
        let text_bytes = entries().map(|entry| match entry {
            RemoteEntry::Event(event) => event.description.len(),
            _ => 0,
        });
        entries().count() >= ENOUGH_ITEMS || text_bytes.sum::<usize>() >= ENOUGH_TEXT_BYTES
    }
}

/// Fetches one page after the other until whoever applies those before them waits for more, there are enough, or it goes
/// no further. In a task of its own, which ends with whoever waits for it: to make sense of answers takes a processor for
/// a while.
pub(super) async fn fetch(app: &App, first: PageRequest, is_waited_for: Arc<AtomicBool>) -> Fetched {
    let app = app.clone();
    let mut task = JoinSet::new();
    task.spawn(async move { fetch_here(&app, first, &is_waited_for).await });
    match task.join_next().await.map(|outcome| outcome.map_err(JoinError::try_into_panic)) {
        Some(Ok(fetched)) => fetched,
        Some(Err(Ok(panic))) => std::panic::resume_unwind(panic),
        // The runtime comes to its end, and everything in it.
        Some(Err(Err(_))) | None => std::future::pending().await,
    }
}

async fn fetch_here(app: &App, first: PageRequest, is_waited_for: &AtomicBool) -> Fetched {
    let mailbox = first.mailbox.clone();
    let (answer, mut next) = answered(app, first).await;
    let mut fetched = Fetched::of(answer);
    loop {
        let go_on = !is_waited_for.load(Ordering::Relaxed) && !fetched.is_enough();
        let fetching = OptionFuture::from(next.take().filter(|_| go_on).map(|next| answered(app, next)));
        let last = fetched.behind.last_mut().unwrap_or(&mut fetched.first);
        // What is behind a page that cannot be completed is asked for again.
        let (behind, ()) = join(fetching, complete(app, &mailbox, last)).await;
        let Some((answer, request)) = behind.filter(|_| last.is_ok()) else { return fetched };
        fetched.behind.push(answer);
        next = request;
    }
}

/// The answer, and the request for the page behind it.
async fn answered(app: &App, request: PageRequest) -> (Result<ChangePage, AppError>, Option<PageRequest>) {
    let answer = request.clone().send(app).await;
    let behind = answer.as_ref().ok().and_then(|page| request.behind(page));
    (answer, behind)
}

/// Asks for what a page does not say of its series, while the one behind it is fetched.
async fn complete(app: &App, mailbox: &Mailbox, answer: &mut Result<ChangePage, AppError>) {
    if let Ok(page) = answer
        && let Err(failure) = gather::complete_ahead(app, mailbox, &mut page.entries).await
    {
        *answer = Err(failure);
    }
}

/// Pages that are applied together, as if they were one.
pub(super) struct Bundle {
    pub(super) page: ChangePage,
    /// How many they were.
    pub(super) pages: u64,
    /// What was fetched behind them and has to wait until they are applied.
    pub(super) rest: Option<Fetched>,
    /// What came in place of the page behind them. They are applied all the same.
    pub(super) failure: Option<AppError>,
}

impl Bundle {
    /// One page.
    pub(super) fn of(page: ChangePage) -> Self {
        Self { page, pages: 1, rest: None, failure: None }
    }

    /// The next page.
    pub(super) fn add(&mut self, page: ChangePage) {
        self.page.entries.extend(page.entries);
        self.page.next = page.next;
        self.pages += 1;
    }
}

#[cfg(test)]
mod tests {
    use providers::contract::{Cursor, Next};

    use super::*;

    fn page(items: usize, text_bytes: usize) -> Result<ChangePage, AppError> {
        let event = |number: usize| {
            serde_json::from_value(serde_json::json!({
                "entry": "event", "id": number.to_string(), "kind": "single", "title": "Fair",
                "description": "x".repeat(text_bytes), "location": "", "categories": [], "attendees": [],
                "time": {"when": "all_day", "start": "2026-11-23", "end": "2026-11-24"}, "is_cancelled": false,
            }))
            .unwrap()
        };
        let next = Next::Page(Cursor { mode: String::new(), token: String::new() });
        Ok(ChangePage { entries: (0..items).map(event).collect(), next })
    }

    #[test]
    fn many_items_or_long_texts_are_enough() {
        for (pages, is_enough) in [
            (vec![page(0, 0)], false),
            (vec![page(200, 100), page(200, 100), page(200, 100), page(199, 100)], false),
            (vec![page(200, 100), page(200, 100), page(200, 100), page(200, 100)], true),
            (vec![page(3, 262_144)], false),
            (vec![page(3, 262_144), page(1, 262_144)], true),
            (vec![page(200, 100), Err(AppError::NotSignedIn)], false),
        ] {
            let mut pages = pages.into_iter();
            let fetched = Fetched { first: pages.next().unwrap(), behind: pages.collect() };
            assert_eq!(fetched.is_enough(), is_enough);
        }
    }
}
