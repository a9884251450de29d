//! Random batches and queries: the engine does what the model does, to the error.

use std::sync::Arc;

use model::collections::{CATEGORIES, EVENTS};
use proptest::collection::vec;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::Law;
use super::fixtures::{all_of, id};
use super::model_store::MemoryStore;
use super::plans::{Step, filter, listing, step};
use crate::port::{Store, StoreError};
use crate::query::{Filter, Order, Query};
use crate::write::{Batch, Write};

/// How many plans are tried.
const PLANS: u32 = 48;

type Listing = (Filter, Vec<(&'static str, Order)>, u32);

#[derive(Debug, Clone)]
struct Plan {
    batches: Vec<Vec<Step>>,
    listings: Vec<(bool, Listing)>,
    counts: Vec<Filter>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let listings = || {
        let of = |of_events: bool| {
            listing(if of_events { &EVENTS } else { &CATEGORIES })
                .prop_map(move |listing| (of_events, listing))
        };
        vec(proptest::bool::ANY.prop_flat_map(of), 8)
    };
    (vec(vec(step(), 1..5), 1..16), listings(), vec(filter(&EVENTS), 8))
        .prop_map(|(batches, listings, counts)| Plan { batches, listings, counts })
}

/// Random work on the engine and on the model: the same outcomes, the same documents, the same pages. A failure is
/// shown as the smallest plan that fails.
pub async fn random_work_agrees_with_the_model(store: Arc<dyn Store>) -> Law {
    let runtime = tokio::runtime::Handle::current();
    let tried = tokio::task::spawn_blocking(move || {
        let config =
            Config { cases: PLANS, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
        TestRunner::new(config).run(&plan(), |plan| {
            runtime
                .block_on(agrees(&store, &plan))
                .map_err(|error| TestCaseError::fail(error.to_string()))?
                .map_err(TestCaseError::fail)
        })
    });
    match tried.await {
        Ok(Ok(())) => {}
        Ok(Err(TestError::Fail(reason, plan))) => assert_eq!(reason.message(), "", "{plan:#?}"),
        Ok(Err(other)) => assert_eq!(other.to_string(), ""),
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
    Ok(())
}

/// `Ok(Err(…))` says where the two part.
async fn agrees(store: &Arc<dyn Store>, plan: &Plan) -> Result<Result<(), String>, StoreError> {
    let model: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let all = || Filter::All(vec![]);
    let clear = [&EVENTS, &CATEGORIES].map(|collection| Write::Delete { collection, filter: all() });
    store.commit(Batch { writes: clear.to_vec() }).await?;
    for (position, steps) in plan.batches.iter().enumerate() {
        let mut batch = Batch::new();
        for step in steps {
            let present = match step {
                Step::Replace(shape, _) => model.get(shape.collection(), id(shape.number)).await?,
                _ => None,
            };
            batch.writes.push(step.write(present.map(|document| document.revision))?);
        }
        let (theirs, ours) = (store.commit(batch.clone()).await, model.commit(batch).await);
        if theirs != ours {
            return Ok(Err(format!("batch {position}: {theirs:?}, the model {ours:?}")));
        }
    }
    for collection in [&EVENTS, &CATEGORIES] {
        let query = || Query::of(collection, all());
        let (theirs, ours) = (all_of(store, query()).await?, all_of(&model, query()).await?);
        if theirs != ours {
            return Ok(Err(format!("{}: {theirs:#?}, the model {ours:#?}", collection.name)));
        }
    }
    for (of_events, (filter, sort, limit)) in &plan.listings {
        let collection = if *of_events { &EVENTS } else { &CATEGORIES };
        let query = Query { sort: sort.clone(), ..Query::of(collection, filter.clone()).limit(*limit) };
        let (theirs, ours) = (all_of(store, query.clone()).await?, all_of(&model, query.clone()).await?);
        if theirs != ours {
            return Ok(Err(format!("{query:?}: {theirs:#?}, the model {ours:#?}")));
        }
    }
    for filter in &plan.counts {
        let theirs = store.count(&EVENTS, filter.clone()).await?;
        let ours = model.count(&EVENTS, filter.clone()).await?;
        if theirs != ours {
            return Ok(Err(format!("count of {filter:?}: {theirs}, the model {ours}")));
        }
    }
    Ok(Ok(()))
}
