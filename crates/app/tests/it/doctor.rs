//! L12: after honest work the doctor finds nothing; of each planted damage it finds exactly that, mends what is safe, and
//! a second look finds nothing. What is not safe to mend stays as it is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::App;
use app::doctor::{self, Check, Report};
use app::records::seed::{SeedSpec, seed};
use model::Id;
use model::collections::{AUDIT_LOG, CATEGORIES, EVENTS, EVENTS_ARCHIVE, LOCATIONS, SESSIONS, SYNC_LINKS};

use model::schema::Collection;
use serde_json::{Map, Value as Json, json};
use store::{Batch, BoxFuture, Document, Filter, Layer, Store, StoreError, Write};

use crate::house::House;
use crate::meddling::{Meddling, Streaming};
use crate::on_every_engine;

on_every_engine!(
    after_honest_work_nothing_is_found,
    each_damage_is_found_and_mended_where_that_is_safe,
    what_was_changed_since_is_left_alone,
    what_is_made_during_a_look_is_no_orphan,
    what_is_taken_back_has_had_nobodys_place,
    what_moves_during_a_look_is_not_there_twice,
    what_leads_somewhere_by_now_is_not_deleted,
    a_count_that_changes_during_a_look_is_right,
);

async fn look(app: &App) -> Report {
    let mut last = (0, 0);
    let report = doctor::look(app, &mut |done, total| last = (done, total)).await.unwrap();
    assert!(last.0 == last.1 && last.0 == report.documents, "{last:?}");
    report
}

async fn seeded(house: &House) {
    let spec = SeedSpec { users: 2, events: 120, years: 3, random_seed: 7, around: None };
    seed(&house.app, spec, &mut |_, _| {}).await.unwrap();
}

async fn after_honest_work_nothing_is_found(house: House) {
    seeded(&house).await;
    let report = look(&house.app).await;
    assert_eq!(report.findings, []);
    assert!(report.documents > 120);
    assert!(doctor::repair(&house.app, &house.admin, &report).await.unwrap().is_empty());
}

/// The first document that matches, as an object. Of the store itself: these questions need no index.
async fn first(store: &dyn Store, collection: &'static Collection, filter: Filter) -> Map<String, Json> {
    let mut first = None;
    let each = Box::new(|chunk: Vec<Document>| {
        first = chunk.into_iter().next();
        false
    });
    store.stream(collection, filter, each).await.unwrap();
    let document = first.unwrap_or_else(|| panic!("{} has none", collection.name));
    serde_json::from_str(&document.json).unwrap()
}

fn document(fields: &Map<String, Json>) -> Document {
    Document {
        id: fields["_id"].as_str().unwrap().parse().unwrap(),
        revision: fields["revision"].as_i64().unwrap(),
        json: Json::Object(fields.clone()).to_string().into(),
    }
}

async fn put(
    store: &dyn Store,
    collection: &'static Collection,
    document: Document,
    expected_revision: Option<i64>,
) {
    let writes = vec![Write::Raw { collection, document, expected_revision }];
    store.commit(Batch { writes }).await.unwrap();
}

/// Changes one document as somebody with the tools of the database would.
async fn damage(
    store: &dyn Store,
    collection: &'static Collection,
    filter: Filter,
    change: impl Fn(&mut Map<String, Json>),
) -> Id {
    let mut fields = first(store, collection, filter).await;
    change(&mut fields);
    let document = document(&fields);
    let (id, revision) = (document.id, document.revision);
    put(store, collection, document, Some(revision)).await;
    id
}

fn single() -> Filter {
    Filter::eq("is_recurring", false)
        .and(Filter::Exists("recurrence_master_id", false))
        .and(Filter::Exists("removed_at", false))
}

fn link(app: &App, event: &Map<String, Json>, event_id: Id, item: &str) -> Document {
    let at = "2026-01-01T00:00:00Z";
    let fields = json!({"_id": app.new_id(), "user_id": event["user_id"], "calendar_id": event["calendar_id"],
        "event_id": event_id, "provider": "outlook", "provider_item_id": item, "agreed": {}, "fingerprint": "",
        "created_at": at, "updated_at": at, "revision": 1});
    document(fields.as_object().unwrap())
}

async fn each_damage_is_found_and_mended_where_that_is_safe(house: House) {
    seeded(&house).await;
    let (app, store) = (&house.app, &*house.store);
    let nobody = Id::from_bytes([7; 12]);
    for number in 0.. {
        let (check, is_mended, id) = match number {
            0 => (
                Check::Derived,
                true,
                damage(store, &EVENTS, single(), |event| {
                    event.insert("occupied_from".into(), json!("2001-01-01T00:00:00Z"));
                })
                .await,
            ),
            1 => (
                Check::Derived,
                true,
                damage(store, &EVENTS, Filter::eq("is_recurring", true), |event| {
                    event.insert("span_class".into(), json!(3));
                    event.remove("recurrence_until");
                })
                .await,
            ),
            2 => (
                Check::UsageCount,
                true,
                damage(store, &CATEGORIES, Filter::Gt("usage_count", 1_i64.into()), |category| {
                    let count = category["usage_count"].as_i64().unwrap();
                    category.insert("usage_count".into(), json!(count + 5));
                })
                .await,
            ),
            3 => {
                let event = first(store, &EVENTS, single()).await;
                let link = link(app, &event, nobody, "gone");
                put(store, &SYNC_LINKS, link.clone(), None).await;
                (Check::Orphan, true, link.id)
            }
            4 => {
                let session = json!({"_id": app.new_id(), "user_id": nobody, "digest": "d", "csrf_token": "c",
                    "expires_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:00:00Z",
                    "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "revision": 1});
                let session = document(session.as_object().unwrap());
                put(store, &SESSIONS, session.clone(), None).await;
                (Check::Orphan, true, session.id)
            }
            // From here on nothing is mended: it is somebody's own data.
            5 => (
                Check::Malformed,
                false,
                damage(store, &EVENTS, single(), |event| {
                    event.insert("priority_level".into(), json!("urgent secret"));
                })
                .await,
            ),
            6 => (
                Check::Orphan,
                false,
                damage(store, &EVENTS, single(), |event| {
                    event.insert("calendar_id".into(), json!(nobody));
                })
                .await,
            ),
            7 => {
                let mut event = first(store, &EVENTS, single()).await;
                event.insert("google_event_id".into(), json!("twice"));
                let before = document(&event);
                put(store, &EVENTS, before.clone(), Some(before.revision)).await;
                event.insert("_id".into(), json!(app.new_id()));
                event.remove("outlook_event_id");
                // The copy counts for no category and no place, so that it is only a double.
                for name in ["category", "categories", "internal_category", "location"] {
                    event.remove(name);
                }
                let copy = document(&event);
                put(store, &EVENTS, copy.clone(), None).await;
                (Check::Duplicate, false, copy.id)
            }
            8 => {
                let event = first(store, &EVENTS, single()).await;
                let id: Id = event["_id"].as_str().unwrap().parse().unwrap();
                put(store, &SYNC_LINKS, link(app, &event, id, "one"), None).await;
                let second = link(app, &event, id, "two");
                put(store, &SYNC_LINKS, second.clone(), None).await;
                (Check::Duplicate, false, second.id)
            }
            _ => break,
        };
        let report = look(app).await;
        let [finding] = report.findings.as_slice() else { panic!("damage {number}: {report:#?}") };
        assert_eq!(
            (finding.check, finding.is_repairable),
            (check, is_mended),
            "damage {number}: {finding:?}"
        );
        assert!(check == Check::Duplicate || finding.document_id == Some(id), "damage {number}: {finding:?}");
        assert!(!finding.found.contains("secret"), "no value is repeated: {finding:?}");
        assert!(finding.fix.ends_with('.') && finding.fix.len() > 20, "{finding:?}");
        let entries = app.store().count(&AUDIT_LOG, Filter::All(Vec::new())).await.unwrap();
        let mended = doctor::repair(app, &house.admin, &report).await.unwrap();
        assert_eq!(mended.len(), usize::from(is_mended), "damage {number}");
        let entries = app.store().count(&AUDIT_LOG, Filter::All(Vec::new())).await.unwrap() - entries;
        assert_eq!(entries, u64::from(is_mended), "each mending is in the audit log");
        let again = look(app).await;
        if is_mended {
            assert_eq!(again.findings, [], "damage {number}");
        } else {
            assert_eq!(again.findings, report.findings, "damage {number} is for a person to judge");
            house.empty().await;
            house.people().await;
            seeded(&house).await;
        }
    }
}

async fn what_was_changed_since_is_left_alone(house: House) {
    seeded(&house).await;
    let id = damage(&*house.store, &EVENTS, single(), |event| {
        event.insert("occupied_until".into(), json!("2001-01-01T00:00:00Z"));
    })
    .await;
    let report = look(&house.app).await;
    let change = Write::Update {
        collection: &EVENTS,
        filter: Filter::eq("_id", id),
        set: vec![("internal_notes", "meanwhile".into())],
        add: Vec::new(),
        must_match: true,
    };
    house.store.commit(Batch { writes: vec![change] }).await.unwrap();
    assert!(doctor::repair(&house.app, &house.admin, &report).await.unwrap().is_empty());
    let again = look(&house.app).await;
    assert_eq!(doctor::repair(&house.app, &house.admin, &again).await.unwrap().len(), 1);
    assert_eq!(look(&house.app).await.findings, []);
    let event = first(&*house.store, &EVENTS, Filter::eq("_id", id)).await;
    assert_eq!(event["internal_notes"], "meanwhile");
}

/// An event and its link, as sync writes them: in one commit.
fn synced(app: &App, like: &Map<String, Json>, item: &str) -> (Document, Document) {
    let id = app.new_id();
    let mut event = like.clone();
    event.insert("_id".into(), json!(id));
    (document(&event), link(app, like, id, item))
}

fn raw(collection: &'static Collection, document: Document) -> Write {
    Write::Raw { collection, document, expected_revision: None }
}

async fn what_is_made_during_a_look_is_no_orphan(house: House) {
    seeded(&house).await;
    let (app, store) = (&house.app, &*house.store);
    let like = first(store, &EVENTS, single()).await;
    let (event, link) = synced(app, &like, "new");
    // An archived event with its link, which comes back just when the ids of the living are read already.
    let (old, old_link) = synced(app, &like, "old");
    let mut archived: Map<String, Json> = serde_json::from_str(&old.json).unwrap();
    archived.insert("archived_at".into(), json!("2026-01-01T00:00:00Z"));
    put(store, &EVENTS_ARCHIVE, document(&archived), None).await;
    put(store, &SYNC_LINKS, old_link, None).await;
    let archived = old.id;
    let store = Streaming::before(house.store.clone(), move |number, collection, store| {
        let writes = match (number, collection) {
            (0, "events_archive") => vec![
                Write::Delete { collection: &EVENTS_ARCHIVE, filter: Filter::eq("_id", archived) },
                raw(&EVENTS, old.clone()),
            ],
            (0, "sync_links") => vec![raw(&EVENTS, event.clone()), raw(&SYNC_LINKS, link.clone())],
            _ => return,
        };
        store.push(Batch { writes });
    });
    let report = doctor::look(&house.before(store), &mut |_, _| {}).await.unwrap();
    let orphans: Vec<_> = report.findings.iter().filter(|one| one.check == Check::Orphan).collect();
    assert!(orphans.is_empty(), "{orphans:?}");
}

/// A store whose streams give one document at a time.
struct OneByOne(Arc<dyn Store>);

impl Layer for OneByOne {
    fn inner(&self) -> &dyn Store {
        &*self.0
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        mut each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        let one_by_one = move |chunk: Vec<Document>| chunk.into_iter().all(|document| each(vec![document]));
        self.0.stream(collection, filter, Box::new(one_by_one))
    }
}

/// A look that keeps three findings meets seven links of events made meanwhile, and then two that lead nowhere and one
/// that is damaged.
async fn what_is_taken_back_has_had_nobodys_place(house: House) {
    const MOST: usize = 3;
    seeded(&house).await;
    let (app, store) = (&house.app, &*house.store);
    let mut like = first(store, &EVENTS, single()).await;
    // Copies count for no category and no place, and are of no provider item.
    for name in ["category", "categories", "internal_category", "location", "outlook_event_id"] {
        like.remove(name);
    }
    let made: Vec<(Document, Document)> =
        (0..7).map(|number| synced(app, &like, &format!("new-{number}"))).collect();
    let nowhere = [7, 8].map(|byte| link(app, &like, Id::from_bytes([byte; 12]), &format!("gone-{byte}")));
    for link in &nowhere {
        put(store, &SYNC_LINKS, link.clone(), None).await;
    }
    let (_, damaged) = synced(app, &like, "damaged");
    let mut fields: Map<String, Json> = serde_json::from_str(&damaged.json).unwrap();
    fields.insert("event_id".into(), like["_id"].clone());
    fields.insert("provider".into(), json!(7));
    put(store, &SYNC_LINKS, document(&fields), None).await;
    let expected = [nowhere[0].id, nowhere[1].id, damaged.id];
    let looked = async |number: usize| {
        let made = made.clone();
        let meddled = Streaming::before(house.store.clone(), move |streamed, collection, batches| {
            if (streamed, collection) == (0, "sync_links") {
                for (event, link) in made.iter().take(number) {
                    let writes = vec![raw(&EVENTS, event.clone()), raw(&SYNC_LINKS, link.clone())];
                    batches.push(Batch { writes });
                }
            }
        });
        let app = house.before(Arc::new(OneByOne(meddled)));
        doctor::look_keeping(&app, MOST, &mut |_, _| {}).await.unwrap()
    };
    let report = looked(7).await;
    let found: BTreeSet<Id> = report.findings.iter().filter_map(|finding| finding.document_id).collect();
    assert_eq!((found, report.more), (BTreeSet::from(expected), 0), "{:#?}", report.findings);
    // More than are kept are counted, and nothing that was dropped is clean.
    let (_, damaged) = synced(app, &like, "damaged, too");
    let mut fields: Map<String, Json> = serde_json::from_str(&damaged.json).unwrap();
    fields.insert("provider".into(), json!(7));
    put(store, &SYNC_LINKS, document(&fields), None).await;
    let report = looked(0).await;
    assert_eq!(report.findings.len(), MOST);
    assert!(report.more > 0 && !report.is_clean(), "{report:#?}");
    assert!(!Report { findings: Vec::new(), ..report }.is_clean());
}

async fn what_moves_during_a_look_is_not_there_twice(house: House) {
    seeded(&house).await;
    let (app, store) = (&house.app, &*house.store);
    // The copy counts for no category and no place.
    let mut living = first(store, &EVENTS, single()).await;
    for name in ["category", "categories", "internal_category", "location"] {
        living.remove(name);
    }
    living.insert("_id".into(), json!(app.new_id()));
    living.insert("outlook_event_id".into(), json!("moves"));
    put(store, &EVENTS, document(&living), None).await;
    let mut archived = living.clone();
    archived.insert("archived_at".into(), json!("2026-01-01T00:00:00Z"));
    let (living, archived) = (document(&living), document(&archived));
    let id = living.id;
    // It goes to the archive just when the living were looked at. The first reading of each collection is of ids alone.
    let moved = archived.clone();
    let moving = Streaming::before(house.store.clone(), move |number, collection, batches| {
        if (number, collection) == (1, "events_archive") {
            let delete = Write::Delete { collection: &EVENTS, filter: Filter::eq("_id", id) };
            batches.push(Batch { writes: vec![delete, raw(&EVENTS_ARCHIVE, moved.clone())] });
        }
    });
    let report = doctor::look(&house.before(moving), &mut |_, _| {}).await.unwrap();
    assert!(store.get(&EVENTS, id).await.unwrap().is_none(), "it moved");
    assert_eq!(report.findings, []);
    // What is in both at the end is there twice.
    put(store, &EVENTS, living, None).await;
    let report = look(app).await;
    let [finding] = report.findings.as_slice() else { panic!("{report:#?}") };
    assert_eq!((finding.check, finding.document_id), (Check::Duplicate, Some(id)));
    assert_eq!((finding.collection.as_str(), finding.is_repairable), ("events_archive", false));
}

async fn what_leads_somewhere_by_now_is_not_deleted(house: House) {
    seeded(&house).await;
    let (app, store) = (&house.app, &*house.store);
    let like = first(store, &EVENTS, single()).await;
    let (event, link) = synced(app, &like, "late");
    put(store, &SYNC_LINKS, link.clone(), None).await;
    let report = look(app).await;
    assert_eq!(report.findings.iter().filter(|one| one.check == Check::Orphan).count(), 1);
    put(store, &EVENTS, event, None).await;
    let mended = doctor::repair(app, &house.admin, &report).await.unwrap();
    assert!(mended.iter().all(|one| one.check != Check::Orphan), "{mended:?}");
    assert!(app.store().get(&SYNC_LINKS, link.id).await.unwrap().is_some());
}

/// Before each call of the store somebody makes an event, which counts for its place.
async fn a_count_that_changes_during_a_look_is_right(house: House) {
    seeded(&house).await;
    let place = first(&*house.store, &LOCATIONS, Filter::Gt("usage_count", 1_i64.into())).await;
    let of_place = single().and(Filter::eq("location", place["name"].as_str().unwrap()));
    let mut like = first(&*house.store, &EVENTS, of_place).await;
    for name in ["category", "categories", "internal_category", "outlook_event_id"] {
        like.remove(name);
    }
    let place_id: Id = place["_id"].as_str().unwrap().parse().unwrap();
    let (app, store) = (house.app.clone(), house.store.clone());
    let made = Arc::new(AtomicUsize::new(0));
    let count = made.clone();
    let meddling = Meddling::before(house.store.clone(), move |_| {
        let mut event = like.clone();
        event.insert("_id".into(), json!(app.new_id()));
        let counted = Write::Update {
            collection: &LOCATIONS,
            filter: Filter::eq("_id", place_id),
            set: Vec::new(),
            add: vec![("usage_count", 1)],
            must_match: true,
        };
        let batch = Batch { writes: vec![raw(&EVENTS, document(&event)), counted] };
        let (store, count) = (store.clone(), count.clone());
        async move {
            store.commit(batch).await.unwrap();
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let meddled = house.before(Arc::new(meddling));
    assert_eq!(app::records::recount(&meddled, None).await.unwrap(), 0);
    let report = doctor::look(&meddled, &mut |_, _| {}).await.unwrap();
    let counts: Vec<_> = report.findings.iter().filter(|one| one.check == Check::UsageCount).collect();
    assert!(counts.is_empty(), "{counts:?}");
    let after = look(&house.app).await;
    assert_eq!(after.findings, [], "after {} events", made.load(Ordering::Relaxed));
}
