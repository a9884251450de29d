//! Pages on their way: those behind the ones that are applied are fetched meanwhile, and what has come by then is applied
//! together, as far as it has nothing to do with each other.
//!
//! A commit of several pages costs little more than that of one: the disk is waited for once, and what lies in no order,
//! as the provider's ids, is looked up and written all over in either case. But what is there waits for nothing: an answer
//! may take minutes to come, and those before it are not lost by then.

use std::ops::Add;

use futures::future::{OptionFuture, join};
use providers::contract::ChangePage;
use serde_json::Value;
use sync::remote::{RemoteEntry, RemoteEvent, RemoteKind};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::gather;
use super::request::{Mailbox, PageRequest};
use crate::{App, AppError};

/// When so many items wait no further page is fetched…
const ENOUGH_ITEMS: usize = 800;
/// …or so many bytes of their texts.
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
}

/// Pages that are fetched one after the other, until enough of them wait, one fails, or it was the last. In a task of its
/// own, which ends with whoever waits for them: to make sense of answers takes a processor for a while.
pub(super) struct Ahead {
    waiting: watch::Sender<Waiting>,
    task: JoinSet<()>,
}

/// What has come, and how much it is.
#[derive(Default)]
struct Waiting {
    pages: Vec<Result<ChangePage, AppError>>,
    size: Size,
}

impl Ahead {
    /// Begins with this page.
    pub(super) fn begin(app: &App, first: PageRequest) -> Self {
        let (app, waiting) = (app.clone(), watch::Sender::new(Waiting::default()));
        let (mut task, come) = (JoinSet::new(), waiting.clone());
        task.spawn(async move { fetch_all(&app, first, &come).await });
        Self { waiting, task }
    }

    /// All that has come, once that is something.
    pub(super) async fn take(&mut self) -> Fetched {
        let mut told = self.waiting.subscribe();
        loop {
            let mut pages = self.waiting.send_replace(Waiting::default()).pages.into_iter();
            if let Some(first) = pages.next() {
                return Fetched { first, behind: pages.collect() };
            }
            let come = async { told.wait_for(|waiting| !waiting.pages.is_empty()).await.is_ok() };
            tokio::select! {
                biased;
                _ = come => {}
                ended = self.task.join_next() => match ended.map(|ended| ended.map_err(JoinError::try_into_panic)) {
                    Some(Ok(())) => {}
                    Some(Err(Ok(panic))) => std::panic::resume_unwind(panic),
                    // The runtime comes to its end, and everything in it.
                    Some(Err(Err(_))) | None => std::future::pending().await,
                },
            }
        }
    }
}

async fn fetch_all(app: &App, first: PageRequest, waiting: &watch::Sender<Waiting>) {
    let mailbox = first.mailbox.clone();
    let mut room = waiting.subscribe();
    let mut come = Some(answered(app, first).await);
    while let Some((mut answer, behind)) = come.take() {
        let size = Size::of(&answer);
        let has_room = !(waiting.borrow().size + size).is_enough();
        let fetching = behind.clone().filter(|_| has_room).map(|behind| answered(app, behind));
        let handing_over = async {
            complete(app, &mailbox, &mut answer).await;
            let is_whole = answer.is_ok();
            waiting.send_modify(|waiting| {
                waiting.size = waiting.size + size;
                waiting.pages.push(answer);
            });
            is_whole
        };
        let (next, is_whole) = join(OptionFuture::from(fetching), handing_over).await;
        if !is_whole {
            // What is behind a page that cannot be completed is asked for again.
            return;
        }
        come = match (next, behind) {
            (None, Some(behind)) => {
                let has_room = room.wait_for(|waiting| !waiting.size.is_enough()).await.is_ok();
                if has_room { Some(answered(app, behind).await) } else { None }
            }
            (next, _) => next,
        };
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

/// How much waits, roughly.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    items: usize,
    text_bytes: usize,
}

impl Size {
    fn of(answer: &Result<ChangePage, AppError>) -> Self {
        let entries = || answer.iter().flat_map(|page| &page.entries);
        Self { items: entries().count(), text_bytes: entries().map(entry_bytes).sum() }
    }

    fn is_enough(self) -> bool {
        self.items >= ENOUGH_ITEMS || self.text_bytes >= ENOUGH_TEXT_BYTES
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { items: self.items + other.items, text_bytes: self.text_bytes + other.text_bytes }
    }
}

/// What may be long of an entry.
fn entry_bytes(entry: &RemoteEntry) -> usize {
    match entry {
        RemoteEntry::Event(event) => event_bytes(event),
        RemoteEntry::Unreadable { reason, .. } => reason.len(),
        RemoteEntry::Occurrence { .. } | RemoteEntry::Removed { .. } => 0,
    }
}

fn event_bytes(event: &RemoteEvent) -> usize {
    let guests = event.attendees.iter().map(|guest| guest.email.len() + guest.name.len());
    let categories = event.categories.iter().map(String::len);
    let rule = match &event.kind {
        RemoteKind::Master { recurrence } => {
            recurrence.lines.iter().map(String::len).sum::<usize>() + value_bytes(&recurrence.original)
        }
        RemoteKind::Single | RemoteKind::Exception { .. } => 0,
    };
    let texts = event.title.len() + event.description.len() + event.location.len();
    texts + guests.chain(categories).sum::<usize>() + rule
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(value_bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + value_bytes(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => size_of::<Value>(),
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
    use sync::remote::{RemoteAttendee, RemoteRecurrence};

    use super::*;

    fn page(items: usize, change: impl Fn(&mut RemoteEvent)) -> Result<ChangePage, AppError> {
        let event = |number: usize| {
            let mut event: Box<RemoteEvent> = serde_json::from_value(serde_json::json!({
                "id": number.to_string(), "kind": "single", "title": "Fair",
                "description": "", "location": "", "categories": [], "attendees": [],
                "time": {"when": "all_day", "start": "2026-11-23", "end": "2026-11-24"}, "is_cancelled": false,
            }))
            .unwrap();
            change(&mut event);
            RemoteEntry::Event(event)
        };
        let next = Next::Page(Cursor { mode: String::new(), token: String::new() });
        Ok(ChangePage { entries: (0..items).map(event).collect(), next })
    }

    #[test]
    fn many_items_or_long_texts_are_enough() {
        let plain = |items| page(items, |_| {});
        let long = |items| page(items, |event| event.description = "x".repeat(262_140));
        for (pages, is_enough) in [
            (vec![plain(0)], false),
            (vec![plain(200), plain(200), plain(200), plain(199)], false),
            (vec![plain(200), plain(200), plain(200), plain(200)], true),
            (vec![long(3)], false),
            (vec![long(3), long(1)], true),
            (vec![plain(200), Err(AppError::NotSignedIn)], false),
        ] {
            let size = pages.iter().map(Size::of).fold(Size::default(), Add::add);
            assert_eq!(size.is_enough(), is_enough, "{size:?}");
        }
    }

    #[test]
    fn whatever_may_be_long_of_an_event_counts() {
        let text = "x".repeat(1_000);
        let guest = || RemoteAttendee {
            email: "a@example.org".to_owned(),
            name: text.clone(),
            response_status: "none".to_owned(),
            is_organizer: false,
        };
        let original = serde_json::json!({"pattern": {"days": [&text]}});
        let changes: [&dyn Fn(&mut RemoteEvent); 6] = [
            &|event| event.title.clone_from(&text),
            &|event| event.description.clone_from(&text),
            &|event| event.location.clone_from(&text),
            &|event| event.categories.push(text.clone()),
            &|event| event.attendees.push(guest()),
            &|event| {
                let (lines, original) = (Vec::new(), original.clone());
                let recurrence = RemoteRecurrence { lines, original, cancelled: None };
                event.kind = RemoteKind::Master { recurrence };
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            assert!(Size::of(&page(1, change)).text_bytes >= 1_000, "{number}");
        }
    }
}
