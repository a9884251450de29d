//! Sync after a restore: what was known of the provider's state is older than the provider.
//!
//! Cursors are dropped, with the reason written, so that everything is read once more and compared by ids. What is gone
//! at the provider is not followed by itself: a person confirms (decision 0005 has the words for that). Links whose event
//! is not there, as a dump of a store in use can have, go: their items are met anew.

use std::collections::BTreeSet;

use model::collections::{
    ADMIN_EXPORTS, EVENTS, EVENTS_ARCHIVE, SCHEMA_MIGRATIONS, SYNC_CURSORS, SYNC_LINKS,
};
use model::documents::SyncLink;
use serde_json::json;
use store::{Batch, Filter, Query, TypedStore, Value, Write};

use super::Contents;
use crate::accounts::audit::Entry;
use crate::{App, AppError};

/// Links looked at together.
const CHUNK: u32 = 500;
/// Cursors changed in one commit: an engine may need a round trip for each.
const CURSORS: u32 = 200;

/// Brings a store that was just filled from a backup to a state from which sync goes on.
///
/// However much it is, each commit is bounded; doing any of it again changes nothing, so that one that was cut short is
/// begun anew. `guard` puts into every commit what must hold for it.
pub(super) async fn re_baseline(
    app: &App,
    contents: &Contents,
    guard: &(dyn Fn(&mut Batch) + Sync),
) -> Result<(), AppError> {
    drop_orphaned_links(app, guard).await?;
    end_exports(app, guard).await?;
    let made_at = contents.made_at.map_or_else(String::new, |at| format!(" of {at}"));
    let reason =
        format!("the store was restored from a backup{made_at}: everything is read and compared once more");
    drop_cursors(app, &reason, guard).await?;
    let mut batch = Batch::new();
    guard(&mut batch);
    Entry::new("store.restored", &SCHEMA_MIGRATIONS, app.new_id())
        .from(crate::Source::Cli)
        .changes(json!({"documents": {"after": contents.documents}, "made_at": {"after": contents.made_at}}))
        .add(app, &mut batch)?;
    Ok(app.store().commit(batch).await?)
}

async fn drop_cursors(app: &App, reason: &str, guard: &(dyn Fn(&mut Batch) + Sync)) -> Result<(), AppError> {
    let (limit, mut after) = (app.settings().step(CURSORS), None);
    loop {
        let query = Query::of(&SYNC_CURSORS, Filter::All(Vec::new())).limit(limit).after(after);
        let page = app.store().find(query).await?;
        let ids: Vec<Value> = page.documents.iter().map(|cursor| Value::Id(cursor.id)).collect();
        if !ids.is_empty() {
            let mut batch = Batch::new();
            guard(&mut batch);
            batch.writes.push(Write::Update {
                collection: &SYNC_CURSORS,
                filter: Filter::In("_id", ids),
                set: vec![
                    ("mode", Value::Null),
                    ("token", Value::Null),
                    ("is_final", Value::Bool(false)),
                    ("compare_due", Value::Bool(true)),
                    ("hold_deletions", Value::Bool(true)),
                    ("reason", Value::Text(reason.to_owned())),
                ],
                add: Vec::new(),
                must_match: false,
            });
            app.store().commit(batch).await?;
        }
        if page.next.is_none() {
            return Ok(());
        }
        after = page.next;
    }
}

/// Exports that waited when the backup was made are not asked for any more.
async fn end_exports(app: &App, guard: &(dyn Fn(&mut Batch) + Sync)) -> Result<(), AppError> {
    let now = app.now();
    let reason = "The store was restored from a backup meanwhile. Ask for a new export.";
    let update = Write::Update {
        collection: &ADMIN_EXPORTS,
        filter: Filter::eq("status", "pending"),
        set: vec![
            ("status", "error".into()),
            ("completed_at", now.into()),
            ("updated_at", now.into()),
            ("error_message", reason.into()),
        ],
        add: Vec::new(),
        must_match: false,
    };
    let mut batch = Batch { writes: vec![update] };
    guard(&mut batch);
    Ok(app.store().commit(batch).await?)
}

async fn drop_orphaned_links(app: &App, guard: &(dyn Fn(&mut Batch) + Sync)) -> Result<(), AppError> {
    let (limit, mut after) = (app.settings().step(CHUNK), None);
    loop {
        let query = Query::of(&SYNC_LINKS, Filter::All(Vec::new())).limit(limit).after(after);
        let (links, next): (Vec<SyncLink>, _) = app.store().list(query).await?;
        let ids: Vec<Value> = links.iter().map(|link| Value::Id(link.event_id)).collect();
        // Their ids are enough: documents of an older form are there too. Links of archived events are kept.
        let places = [&EVENTS, &EVENTS_ARCHIVE];
        let queries = places.map(|place| Query::of(place, Filter::In("_id", ids.clone())).limit(limit));
        let events = app.store().find_many(queries.into()).await?;
        let here: BTreeSet<_> =
            events.into_iter().flat_map(|page| page.documents).map(|event| event.id).collect();
        let orphans: Vec<Value> = links
            .iter()
            .filter(|link| !here.contains(&link.event_id))
            .map(|link| Value::Id(link.id))
            .collect();
        if !orphans.is_empty() {
            let mut batch = Batch::new();
            guard(&mut batch);
            batch.delete(&SYNC_LINKS, Filter::In("_id", orphans));
            app.store().commit(batch).await?;
        }
        if next.is_none() {
            return Ok(());
        }
        after = next;
    }
}
