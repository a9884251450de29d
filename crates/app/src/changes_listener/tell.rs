//! Tells open browsers of what was heard: reads whose it is, and publishes a notice for each.

use std::collections::{BTreeMap, BTreeSet};

use model::Id;
use model::collections::{ADMIN_EXPORTS, CALENDARS, EVENTS, EVENTS_ARCHIVE};
use model::documents::AdminExport;
use model::schema::Collection;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use store::{Filter, Query, StoreError};

use super::heard::Heard;
use crate::{App, Notice};

/// Of more events of one calendar than these the calendar is told.
const SINGLY: usize = 20;
/// Looked up at once.
const CHUNK: usize = 500;

/// No more of an event than whose it is.
#[derive(Deserialize)]
struct Event {
    _id: Id,
    user_id: Id,
    calendar_id: Id,
}

#[derive(Deserialize)]
struct Calendar {
    _id: Id,
    user_id: Id,
}

/// Publishes what there is to tell. What cannot be looked up is told as everything.
pub(super) async fn browsers(app: &App, heard: Heard) {
    match notices(app, heard).await {
        Ok(notices) => notices.into_iter().for_each(|(owner, notice)| app.hub().publish(owner, notice)),
        Err(error) => {
            tracing::debug!(%error, "what other servers wrote could not be read; browsers read everything again");
            app.hub().publish_to_all();
        }
    }
}

/// Notices, each with whose records it is of. Of what is gone nobody knows any more whose it was: that everybody is told.
async fn notices(app: &App, heard: Heard) -> Result<Vec<(Id, Notice)>, StoreError> {
    let mut is_known = !heard.everything;
    let mut notices = Vec::new();
    let (events, gone) = read::<Event>(app, &EVENTS, heard.events, |event| event._id).await?;
    let (archived, gone) = read::<Event>(app, &EVENTS_ARCHIVE, gone, |event| event._id).await?;
    is_known &= gone.is_empty();
    notices.extend(of_events(events.into_iter().chain(archived)));
    let (calendars, gone) =
        read::<Calendar>(app, &CALENDARS, heard.calendars, |calendar| calendar._id).await?;
    is_known &= gone.is_empty();
    let changed =
        |calendar: Calendar| (calendar.user_id, Notice::CalendarChanged { calendar_id: calendar._id });
    notices.extend(calendars.into_iter().map(changed));
    let (exports, _) = read::<AdminExport>(app, &ADMIN_EXPORTS, heard.exports, |export| export.id).await?;
    notices.extend(exports.iter().map(crate::exports::notice));
    if !is_known {
        app.hub().publish_to_all();
    }
    Ok(notices)
}

fn of_events(events: impl Iterator<Item = Event>) -> Vec<(Id, Notice)> {
    let mut by_calendar: BTreeMap<(Id, Id), Vec<Id>> = BTreeMap::new();
    for event in events {
        by_calendar.entry((event.user_id, event.calendar_id)).or_default().push(event._id);
    }
    let mut notices = Vec::new();
    for ((owner, calendar_id), events) in by_calendar {
        if events.len() > SINGLY {
            notices.push((owner, Notice::CalendarChanged { calendar_id }));
        } else {
            let changed = |event_id| (owner, Notice::EventChanged { event_id, calendar_id });
            notices.extend(events.into_iter().map(changed));
        }
    }
    notices
}

/// The documents with these ids, and the ids of those that are not there.
async fn read<D: DeserializeOwned>(
    app: &App,
    collection: &'static Collection,
    mut ids: BTreeSet<Id>,
    id_of: impl Fn(&D) -> Id,
) -> Result<(Vec<D>, BTreeSet<Id>), StoreError> {
    let all: Vec<Id> = ids.iter().copied().collect();
    let mut found = Vec::with_capacity(all.len());
    for chunk in all.chunks(CHUNK) {
        let wanted = Filter::In("_id", chunk.iter().map(|id| (*id).into()).collect());
        let page = app.store().find(Query::of(collection, wanted)).await?;
        for document in page.documents {
            // One of a form that nobody understands is the doctor's affair; here it is as if it were gone.
            if let Ok(document) = serde_json::from_str::<D>(&document.json) {
                ids.remove(&id_of(&document));
                found.push(document);
            }
        }
    }
    Ok((found, ids))
}
