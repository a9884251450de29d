//! Deletions as the declarations say, with a document of every collection.

use std::sync::Arc;

use model::Id;
use model::collections::{ALL, AUDIT_LOG, CALENDARS, USERS};
use model::schema::{Collection, Field, Kind, OnDelete};
use serde_json::{Map, Value as Json, json};

use super::Law;
use super::fixtures::{all_of, at, id};
use crate::cascade;
use crate::port::{Store, StoreError};
use crate::query::{Filter, Query};
use crate::write::{Batch, Document, Write};

/// Who a made-up document belongs to.
#[derive(Clone, Copy)]
struct Owner {
    number: u32,
    user: Id,
    calendar: Id,
    event: Id,
}

impl Owner {
    fn new(number: u32) -> Self {
        Self { number, user: id(number), calendar: id(number + 1), event: id(number + 2) }
    }

    fn of(&self, collection: &str) -> Id {
        match collection {
            "users" => self.user,
            "calendars" => self.calendar,
            _ => self.event,
        }
    }
}

/// A document with every declared field.
fn declared(collection: &'static Collection, own: Id, owner: Owner) -> Document {
    let mut fields = Map::new();
    for field in collection.fields {
        fields.insert(field.name.to_owned(), value(field, own, owner));
    }
    // A map of serde_json's sorts its keys; the order of the declaration is what documents have.
    let text = |field: &Field| {
        let value = fields.get(field.name).map(Json::to_string).unwrap_or_default();
        format!("\"{}\":{value}", field.name)
    };
    let json = format!("{{{}}}", collection.fields.iter().map(text).collect::<Vec<_>>().join(","));
    Document { id: own, revision: 1, json: json.into() }
}

fn value(field: &Field, own: Id, owner: Owner) -> Json {
    match (field.name, field.refers_to) {
        ("_id", _) => json!(own),
        (_, Some(reference)) => json!(owner.of(reference.collection)),
        _ => of_kind(field.name, &field.kind, owner.number),
    }
}

fn of_kind(name: &str, kind: &Kind, number: u32) -> Json {
    match kind {
        Kind::Id => json!(id(900_000 + number)),
        // Some engines hold a document against its declaration: no longer than declared.
        Kind::Text(most) => {
            json!(format!("{number} {name}").chars().take(*most as usize).collect::<String>())
        }
        Kind::Email => json!(format!("p{number}@example.org")),
        Kind::Color => json!("#102030"),
        Kind::Zone => json!("Europe/Berlin"),
        Kind::Int(low, high) => json!(i64::from(number).clamp(*low, *high).max(1)),
        Kind::Float(low, high) => json!((f64::from(number) / 7.0).clamp(*low, *high)),
        Kind::Bool => json!(true),
        Kind::Instant => json!(at(i64::from(number) * 1_000)),
        Kind::Enum(words) => json!(words.first()),
        Kind::List(item, _) => json!([of_kind(name, item, number)]),
        Kind::Object(fields) => fields
            .iter()
            .map(|field| (field.name.to_owned(), of_kind(field.name, &field.kind, number)))
            .collect(),
        Kind::Json => json!({"any": number}),
    }
}

/// One document of each collection for each owner.
async fn fill(store: &Arc<dyn Store>, owners: &[Owner]) -> Law {
    let mut batch = Batch::new();
    for owner in owners {
        for (position, collection) in (10..).zip(ALL) {
            let own = match collection.name {
                "users" | "calendars" | "events" => owner.of(collection.name),
                _ => id(owner.number + position),
            };
            let document = declared(collection, own, *owner);
            // `revision` is 1 in the envelope and must be in the text.
            let json =
                document.json.replace(&format!("\"revision\":{}", i64::from(owner.number)), "\"revision\":1");
            batch
                .writes
                .push(Write::Insert { collection, document: Document { json: json.into(), ..document } });
        }
    }
    store.commit(batch).await
}

/// What is left that names the id in a field that goes with it.
async fn left_behind(store: &Arc<dyn Store>, gone: Id) -> Result<Vec<String>, StoreError> {
    let mut left = Vec::new();
    for collection in ALL {
        for document in all_of(store, Query::of(collection, Filter::All(vec![]))).await? {
            let json: Json = serde_json::from_str(&document.json).unwrap_or_default();
            for (name, value) in json.as_object().into_iter().flatten() {
                let keeps = collection.field(name).is_some_and(|field| {
                    field.refers_to.is_some_and(|reference| reference.on_delete == OnDelete::Keep)
                });
                if value.to_string().contains(&gone.to_string()) && !keeps {
                    left.push(format!("{}.{name}", collection.name));
                }
            }
        }
    }
    Ok(left)
}

/// Deleting a user takes all that is the user's and nothing of another's; the audit entry stays.
pub async fn deleting_a_user_leaves_nothing_behind(store: Arc<dyn Store>) -> Law {
    let owners = [Owner::new(100), Owner::new(200)];
    fill(&store, &owners).await?;
    let [gone, stays] = owners;
    store.commit(Batch { writes: cascade::deletions(&USERS, &[gone.user]) }).await?;
    for id in [gone.user, gone.calendar, gone.event] {
        assert_eq!(left_behind(&store, id).await?, Vec::<String>::new());
    }
    for collection in ALL {
        let others = all_of(&store, Query::of(collection, Filter::All(vec![]))).await?;
        assert!(!others.is_empty(), "{} of the other user is gone", collection.name);
    }
    assert!(store.get(&USERS, stays.user).await?.is_some());
    let entries = store.count(&AUDIT_LOG, Filter::eq("user_id", gone.user)).await?;
    assert_eq!(entries, 1, "the audit entry outlives the user");
    Ok(())
}

/// Deleting a calendar takes its events and what sync knew of it; its owner and other calendars stay.
pub async fn deleting_a_calendar_leaves_nothing_behind(store: Arc<dyn Store>) -> Law {
    let owners = [Owner::new(100), Owner::new(200)];
    fill(&store, &owners).await?;
    let [gone, stays] = owners;
    store.commit(Batch { writes: cascade::deletions(&CALENDARS, &[gone.calendar]) }).await?;
    for id in [gone.calendar, gone.event] {
        assert_eq!(left_behind(&store, id).await?, Vec::<String>::new());
    }
    assert!(store.get(&USERS, gone.user).await?.is_some());
    assert!(store.get(&CALENDARS, stays.calendar).await?.is_some());
    Ok(())
}

/// A document with every declared field is kept byte for byte, in every collection.
pub async fn every_collection_is_kept(store: Arc<dyn Store>) -> Law {
    fill(&store, &[Owner::new(100)]).await?;
    for collection in ALL {
        let page = store.find(Query::of(collection, Filter::eq("revision", 1))).await?;
        let [document] = page.documents.as_slice() else {
            assert_eq!(page.documents.len(), 1, "{}", collection.name);
            continue;
        };
        let order: Vec<_> = collection
            .fields
            .iter()
            .map(|field| document.json.find(&format!("\"{}\":", field.name)))
            .collect();
        assert!(order.iter().all(Option::is_some), "{}: {}", collection.name, document.json);
        assert_eq!(store.get(collection, document.id).await?.as_ref(), Some(document));
    }
    Ok(())
}
