//! A store that is asked nothing that has to look at all of a collection: it panics, and the test that asked fails. So
//! whatever the whole-app tests make the application ask is held against the declared indexes, a new query too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use model::schema::Collection;

use super::covered::is_covered;
use crate::layer::Layer;
use crate::port::{BoxFuture, Page, Store, StoreError};
use crate::query::{Filter, Order, Query};
use crate::write::{Batch, Write};

/// Collections with few documents, whatever a house grows to: one of each migration, of each job under way, of each export
/// that an administrator asked for.
const SMALL: [&str; 3] = ["leases", "schema_migrations", "admin_exports"];

/// Conditions that nearly every document meets: what has to look at many is nearly all of it what was asked for.
const MET_BY_NEARLY_ALL: [(&str, &str); 3] =
    [("users", "is_disabled"), ("categories", "is_active"), ("locations", "is_active")];

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
