//! A store that is asked nothing that has to look at all of a collection: it panics, and the test that asked fails. So
//! whatever the whole-app tests make the application ask is held against the declared indexes, a new query too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use model::schema::{Collection, Index, Key};

use super::covered::is_covered;
use crate::layer::Layer;
use crate::port::{BoxFuture, Near, Page, Store, StoreError};
use crate::query::{Filter, Order, Query};
use crate::write::{Batch, Document, Write};

/// Collections with few documents, whatever a house grows to: one of each migration, of each job under way, of each export
/// that an administrator asked for.
const SMALL: [&str; 3] = ["leases", "schema_migrations", "admin_exports"];

/// Conditions that nearly every document meets: what has to look at many is nearly all of it what was asked for.
const MET_BY_NEARLY_ALL: [(&str, &str); 4] = [
    ("users", "is_disabled"),
    ("categories", "is_active"),
    ("locations", "is_active"),
    ("held_deletions", "state"),
];

/// What a job reads all of a collection for, on a connection of its own and in bounded chunks, to sieve out what has this
/// condition: an administrator's export, by whatever it is narrowed, and the exceptions of all series for its calendar.
const SIEVED: [(&str, Filter); 4] = [
    ("events", Filter::Exists("removed_at", false)),
    ("events_archive", Filter::Exists("removed_at", false)),
    ("events", Filter::Exists("recurrence_master_id", true)),
    ("events_archive", Filter::Exists("recurrence_master_id", true)),
];

/// How an engine finds what a query asks for: why it has to look at all of a collection, or `None`.
pub type Explain = Box<dyn Fn(Query) -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// A store in front of another one.
pub struct Watched {
    inner: Arc<dyn Store>,
    explain: Option<Explain>,
    /// Forms of queries that were explained already.
    explained: Mutex<BTreeSet<String>>,
}

impl Watched {
    /// Watches by the declared indexes.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, explain: None, explained: Mutex::default() }
    }

    /// Asks the engine besides, once for each form of a query.
    pub fn explaining(inner: Arc<dyn Store>, explain: Explain) -> Self {
        Self { explain: Some(explain), ..Self::new(inner) }
    }

    #[expect(clippy::panic, reason = "it is there to fail the test that asked")]
    async fn look(&self, query: &Query) {
        let Query { collection, filter, .. } = query;
        if SMALL.contains(&collection.name) || is_met_by_nearly_all(collection, filter) {
            return;
        }
        // None of no values: nothing is asked for.
        if matches!(filter, Filter::In(_, values) if values.is_empty()) {
            return;
        }
        assert!(
            is_covered(collection, filter),
            "this query looks at all of {}: {filter:?}. Declare an index that begins with a field it compares, or ask \
             for less",
            collection.name
        );
        // To ask for everything is to look at everything.
        let asks_for_all = matches!(filter, Filter::All(parts) if parts.is_empty());
        if let (Some(explain), false) = (&self.explain, asks_for_all)
            && self.is_new(query)
            && let Some(why) = explain(query.clone()).await
        {
            panic!("the engine looks at all of {} for {filter:?}: {why}", collection.name);
        }
    }

    fn is_new(&self, query: &Query) -> bool {
        let form = form(&query.filter);
        let sort: Vec<&(&str, Order)> = query.sort.iter().collect();
        let form = format!("{} {form} {sort:?} {}", query.collection.name, query.after.is_some());
        self.explained.lock().unwrap_or_else(PoisonError::into_inner).insert(form)
    }

    /// A stream of everything is a walk by rising id, and so is one that sieves. Any other needs an index like a listing.
    async fn look_at_stream(&self, collection: &'static Collection, filter: &Filter) {
        if !is_sieve(collection, filter) {
            self.look_at(collection, filter).await;
        }
    }

    async fn look_at(&self, collection: &'static Collection, filter: &Filter) {
        self.look(&Query::of(collection, filter.clone())).await;
    }
}

fn is_met_by_nearly_all(collection: &Collection, filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) => {
            !parts.is_empty() && parts.iter().all(|part| is_met_by_nearly_all(collection, part))
        }
        Filter::Eq(field, _) => MET_BY_NEARLY_ALL.contains(&(collection.name, field)),
        _ => false,
    }
}

fn is_sieve(collection: &Collection, filter: &Filter) -> bool {
    match filter {
        Filter::All(parts) => parts.iter().any(|part| is_sieve(collection, part)),
        part => SIEVED.iter().any(|(name, sieved)| *name == collection.name && part == sieved),
    }
}

/// The filter without its values.
fn form(filter: &Filter) -> String {
    let many = |word: &str, parts: &[Filter]| {
        let mut forms: Vec<String> = parts.iter().map(form).collect();
        forms.dedup();
        format!("{word}({})", forms.join(" "))
    };
    match filter {
        Filter::All(parts) => many("all", parts),
        Filter::Any(parts) => many("any", parts),
        Filter::Eq(field, _) => format!("{field}="),
        Filter::Ne(field, _) => format!("{field}!"),
        Filter::Lt(field, _) | Filter::Lte(field, _) => format!("{field}<"),
        Filter::Gt(field, _) | Filter::Gte(field, _) => format!("{field}>"),
        Filter::In(field, _) => format!("{field} in"),
        Filter::Exists(field, there) => format!("{field} {there}"),
        Filter::Contains(fields, _) => format!("{fields:?} has"),
    }
}

impl Layer for Watched {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        Box::pin(async move {
            self.look(&query).await;
            self.inner.find(query).await
        })
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        Box::pin(async move {
            for query in &queries {
                self.look(query).await;
            }
            self.inner.find_many(queries).await
        })
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            self.look_at(collection, &filter).await;
            self.inner.count(collection, filter).await
        })
    }

    fn near<'a>(
        &'a self,
        collection: &'static Collection,
        field: &'static str,
        longitude: f64,
        latitude: f64,
        within_m: f64,
        filter: Filter,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<Near>, StoreError>> {
        let has_sphere = |index: &Index| index.keys.first() == Some(&Key::Sphere(field));
        assert!(
            collection.indexes.iter().any(has_sphere),
            "{} near a place are looked for by {field}, which has no sphere index: declare one",
            collection.name
        );
        self.inner.near(collection, field, longitude, latitude, within_m, filter, limit)
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            self.look_at_stream(collection, &filter).await;
            self.inner.stream(collection, filter, each).await
        })
    }

    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            for (collection, filter) in &collections {
                self.look_at_stream(collection, filter).await;
            }
            self.inner.stream_many(collections, each).await
        })
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            for write in &batch.writes {
                if let Write::Update { collection, filter, .. }
                | Write::Delete { collection, filter }
                | Write::Require { collection, filter } = write
                {
                    self.look_at(collection, filter).await;
                }
            }
            self.inner.commit(batch).await
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use model::collections::{CALENDARS, EVENTS, LOCATIONS};

    use super::*;
    use crate::contract::MemoryStore;

    async fn fails<T>(asked: impl Future<Output = T>) -> bool {
        std::panic::AssertUnwindSafe(asked).catch_unwind().await.is_err()
    }

    #[tokio::test]
    async fn whoever_looks_at_all_of_a_collection_to_find_some_fails() {
        let store = Watched::new(Arc::new(MemoryStore::new()));
        let owner = || Filter::eq("user_id", model::Id::from_bytes([1; 12]));
        let titled = || Filter::eq("title", "Gala");
        let living = || Filter::Exists("removed_at", false);
        let streams = [
            ("a walk", Filter::All(Vec::new()), false),
            ("by an index", owner().and(titled()), false),
            ("a sieve", living().and(titled()), false),
            ("a choice of sieves", Filter::Any(vec![living(), titled()]), true),
            ("what has no index", titled(), true),
        ];
        for (name, filter, expected) in streams {
            let one = Store::stream(&store, &EVENTS, filter.clone(), Box::new(|_| true));
            assert_eq!(fails(one).await, expected, "{name}");
            let many = vec![(&CALENDARS, Filter::All(Vec::new())), (&EVENTS, filter)];
            let many = Store::stream_many(&store, many, Box::new(|_, _| true));
            assert_eq!(fails(many).await, expected, "{name}, of many");
        }
        assert!(fails(Store::count(&store, &EVENTS, living())).await, "a sieve is for streams");
        for (field, expected) in [("coordinates", false), ("name", true)] {
            let near = async {
                let everywhere = Filter::All(Vec::new());
                Store::near(&store, &LOCATIONS, field, 13.4, 52.5, 1.0, everywhere, 1).await
            };
            assert_eq!(fails(near).await, expected, "near by {field}");
        }
    }
}
