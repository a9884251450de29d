//! The look at every document.

use model::Id;
use model::collections::{ALL, CALENDARS, CATEGORIES, EVENTS, EVENTS_ARCHIVE, LOCATIONS, SYNC_LINKS};
use model::documents::Event;
use model::schema::{Collection, OnDelete};
use model::validate;
use serde_json::Value as Json;
use store::{Document, Filter, Query, StoreError};

use super::known::{Known, Once};
use super::orphans::Orphan;
use super::repair::Mending;
use super::{Check, Collected, Finding, KEPT, Report, orphans};
use crate::records::recount;
use crate::{App, AppError};

/// What somebody wrote: where it belongs to nobody any more, a person judges. All else is what sync, sign-in and exports
/// remember, and can go.
const RECORDS: [&Collection; 5] = [&CALENDARS, &EVENTS, &EVENTS_ARCHIVE, &CATEGORIES, &LOCATIONS];

/// Looks at everything. `progress` hears how many documents of how many were looked at.
pub async fn look(app: &App, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Result<Report, AppError> {
    look_keeping(app, KEPT, progress).await
}

/// The same, keeping not more than so many findings; the rest is counted.
pub async fn look_keeping(
    app: &App,
    most: usize,
    progress: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<Report, AppError> {
    let mut collected = Collected::new(most);
    super::look_at_layout(app).await?.into_iter().for_each(|finding| collected.add(finding));
    let mut total = 0;
    for collection in ALL {
        total += app.store().count(collection, Filter::All(Vec::new())).await?;
    }
    let known = known(app).await?;
    let (mut items, mut links) = (Once::default(), Once::default());
    for collection in ALL {
        let mut from = Filter::All(Vec::new());
        loop {
            let mut last = None;
            let each = |documents: Vec<Document>| {
                for document in &documents {
                    look_at(collection, document, &known, &mut collected);
                    remember(collection, document, &mut items, &mut links);
                }
                collected.report.documents += documents.len() as u64;
                progress(collected.report.documents, total.max(collected.report.documents));
                last = documents.last().map(|document| document.id);
                !collected.wants_confirmation()
            };
            app.store().stream(collection, from, Box::new(each)).await?;
            let was_stopped = collected.wants_confirmation();
            orphans::confirm(app, &mut collected).await?;
            match last {
                Some(last) if was_stopped => from = Filter::Gt("_id", last.into()),
                _ => break,
            }
        }
    }
    for (one, other) in items.twice() {
        twice(app, &mut collected, one, other).await?;
    }
    for (one, other) in links.twice() {
        let found = format!("it is of the same event as {one}");
        collected.add(finding(
            Check::Duplicate,
            &SYNC_LINKS,
            other,
            found,
            "An event has one link to a provider. Run `callboard sync --full` on the calendar, then look again.",
            None,
        ));
    }
    counts(app, &mut collected).await?;
    Ok(collected.report)
}

/// Ids of all documents that others go with.
async fn known(app: &App) -> Result<Known, AppError> {
    let mut known = Known::default();
    let is_referred_to = |collection: &Collection| {
        let fields = ALL.iter().flat_map(|one| one.fields);
        collection.name == EVENTS_ARCHIVE.name
            || fields.filter_map(|field| field.refers_to).any(|to| to.collection == collection.name)
    };
    for collection in ALL.iter().filter(|collection| is_referred_to(collection)) {
        let each = |documents: Vec<Document>| {
            documents.iter().for_each(|document| known.add(collection.name, document.id));
            true
        };
        app.store().stream(collection, Filter::All(Vec::new()), Box::new(each)).await?;
    }
    Ok(known)
}

fn look_at(collection: &'static Collection, document: &Document, known: &Known, collected: &mut Collected) {
    let json: Json = serde_json::from_str(&document.json).unwrap_or_default();
    let errors = validate::document(collection, &json);
    if let Some(first) = errors.first() {
        let more = if errors.len() > 1 { format!(" ({} more)", errors.len() - 1) } else { String::new() };
        let found = format!("{}: {}{more}", first.field, first.message);
        collected.add(finding(
            Check::Malformed,
            collection,
            document.id,
            found,
            "If `callboard migrate status` says that something is pending, apply it. Else change the field in Callboard, or with the tools of the database.",
            None,
        ));
    }
    let references = collection.fields.iter().filter_map(|field| Some((field, field.refers_to?)));
    for (field, to) in references.filter(|(_, to)| to.on_delete == OnDelete::Cascade) {
        let id = json.get(field.name).and_then(Json::as_str).and_then(|id| id.parse::<Id>().ok());
        if id.is_some_and(|id| id != Id::NOBODY && !known.has(to.collection, id)) {
            let found = format!("{} leads to no document of {}", field.name, to.collection);
            let is_record = RECORDS.iter().any(|record| record.name == collection.name);
            let fix = if is_record {
                "It belongs to nobody any more and is not deleted unasked: export it if it is wanted, then delete it with the tools of the database."
            } else {
                "`callboard doctor --data --repair` deletes it."
            };
            let mending = (!is_record).then_some(Mending::Delete);
            let orphan = id.map(|parent| Orphan {
                collection: collection.name,
                id: document.id,
                revision: document.revision,
                to: to.collection,
                parent,
            });
            let finding = finding(Check::Orphan, collection, document.id, found, fix, mending);
            collected.add(Finding { orphan, ..finding });
            break;
        }
    }
    if collection.name == EVENTS.name && errors.is_empty() {
        derived(document, collected);
    }
}

/// Derived fields against what the others make them.
fn derived(document: &Document, collected: &mut Collected) {
    let Ok(event) = document.typed::<Event>() else { return };
    let mut right = event.clone();
    right.recurrence_until = event.is_recurring.then(|| sync::local::recurrence_until(&event));
    right.derive();
    let wrong: Vec<&str> = [
        ("occupied_from", right.occupied_from != event.occupied_from),
        ("occupied_until", right.occupied_until != event.occupied_until),
        ("span_class", right.span_class != event.span_class),
        ("recurrence_until", right.recurrence_until != event.recurrence_until),
    ]
    .into_iter()
    .filter_map(|(name, is_wrong)| is_wrong.then_some(name))
    .collect();
    if !wrong.is_empty() {
        collected.add(finding(
            Check::Derived,
            &EVENTS,
            document.id,
            format!("not what the event's times make: {}", wrong.join(", ")),
            "`callboard doctor --data --repair` derives them anew.",
            Some(Mending::Derived {
                revision: event.revision,
                occupied_from: right.occupied_from,
                occupied_until: right.occupied_until,
                span_class: right.span_class,
                recurrence_until: right.recurrence_until,
            }),
        ));
    }
}

fn remember(collection: &Collection, document: &Document, items: &mut Once, links: &mut Once) {
    let is_event = [EVENTS.name, EVENTS_ARCHIVE.name].contains(&collection.name);
    if !is_event && collection.name != SYNC_LINKS.name {
        return;
    }
    let json: Json = serde_json::from_str(&document.json).unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    if is_event {
        for provider in ["outlook_event_id", "google_event_id"] {
            if let (Some(calendar), Some(item)) = (text("calendar_id"), text(provider)) {
                items.add((calendar, provider, item), document.id);
            }
        }
    } else if let (Some(event), Some(provider)) = (text("event_id"), text("provider")) {
        links.add((event, provider), document.id);
    }
}

/// Two events that seem to be of one provider item: looked up, so that no digest accuses anybody.
async fn twice(app: &App, collected: &mut Collected, one: Id, other: Id) -> Result<(), AppError> {
    if one == other {
        return in_both(app, collected, one).await;
    }
    let mut read = Vec::new();
    for id in [one, other] {
        let found = match app.store().get(&EVENTS, id).await? {
            Some(document) => Some((&EVENTS, document)),
            None => app.store().get(&EVENTS_ARCHIVE, id).await?.map(|document| (&EVENTS_ARCHIVE, document)),
        };
        let Some((collection, document)) = found else { return Ok(()) };
        let json: Json = serde_json::from_str(&document.json).unwrap_or_default();
        read.push((collection, json));
    }
    let [(_, first), (collection, second)] = read.as_slice() else { return Ok(()) };
    let same = |name: &str| first.get(name).is_some() && first.get(name) == second.get(name);
    if same("calendar_id") && (same("outlook_event_id") || same("google_event_id")) {
        collected.add(finding(
            Check::Duplicate,
            collection,
            other,
            format!("it is of the same provider item as {one}"),
            "Look at both, copy what only one has, then delete the other in Callboard.",
            None,
        ));
    }
    Ok(())
}

/// An event that was met among the living and in the archive: most likely it moved during the look, and only what is in
/// both at one moment is there twice.
async fn in_both(app: &App, collected: &mut Collected, id: Id) -> Result<(), AppError> {
    let of = |collection| Query::of(collection, Filter::eq("_id", id)).limit(1);
    let pages = app.store().find_many(vec![of(&EVENTS), of(&EVENTS_ARCHIVE)]).await?;
    if pages.iter().all(|page| !page.documents.is_empty()) {
        collected.add(finding(
            Check::Duplicate,
            &EVENTS_ARCHIVE,
            id,
            format!("the event is also among the living ones ({})", EVENTS.name),
            "Make a backup, look at both, copy what only the archived one has, then delete that one from events_archive with the tools of the database.",
            None,
        ));
    }
    Ok(())
}

async fn counts(app: &App, collected: &mut Collected) -> Result<(), AppError> {
    let wrong = match recount::wrong(app, None).await {
        Ok(wrong) => wrong,
        // What cannot be read was found already, and cannot be counted.
        Err(AppError::Store(StoreError::Malformed { .. })) => return Ok(()),
        Err(error) => return Err(error),
    };
    for wrong in wrong {
        collected.add(finding(
            Check::UsageCount,
            wrong.collection,
            wrong.id,
            format!("it says {} uses and has {}", wrong.stored, wrong.right),
            "`callboard doctor --data --repair` counts anew.",
            Some(Mending::Count { revision: wrong.revision, right: wrong.right }),
        ));
    }
    Ok(())
}

fn finding(
    check: Check,
    collection: &'static Collection,
    id: Id,
    found: String,
    fix: &'static str,
    mending: Option<Mending>,
) -> Finding {
    Finding {
        check,
        collection: collection.name.to_owned(),
        document_id: Some(id),
        found,
        fix,
        is_repairable: mending.is_some(),
        mending,
        orphan: None,
    }
}
