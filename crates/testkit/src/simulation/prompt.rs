//! A store whose calls are ready at once, whatever engine is behind it: each is waited for to its end where it is made.
//!
//! A run keeps several requests under way at once. Which of them comes first to a provider that refuses a token would
//! otherwise depend on how fast the store answers, and a seed would end differently from engine to engine.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use model::Id;
use model::schema::Collection;
use store::{
    Batch, BoxFuture, Capabilities, Document, Filter, LayoutFinding, Near, Page, Query, Store, StoreError,
};
use tokio::runtime::Handle;

/// The store as the simulation sees it.
pub(super) struct PromptStore {
    inner: Arc<dyn Store>,
    /// Where the engine does its own work, when it needs a runtime: another one than the simulation's.
    works_in: Option<Handle>,
}

impl PromptStore {
    pub(super) fn new(inner: Arc<dyn Store>, works_in: Option<Handle>) -> Self {
        Self { inner, works_in }
    }

    /// The answer of a call, waited for. `apart`: in a thread of its own, as what gives way to others in a runtime would
    /// wait here for a turn that nobody takes.
    fn finish<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send,
        apart: bool,
    ) -> BoxFuture<'static, T> {
        let answer = match &self.works_in {
            Some(runtime) => in_a_thread(|| runtime.block_on(future)),
            None if apart => in_a_thread(|| finish(future)),
            None => finish(future),
        };
        Box::pin(std::future::ready(answer))
    }
}

fn in_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let answer = std::thread::scope(|scope| scope.spawn(work).join());
    answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Polls until it is ready; this thread sleeps in between.
fn finish<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    // Else the runtime would ask for a turn that this thread never takes.
    let mut future = pin!(tokio::task::unconstrained(future));
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

impl Store for PromptStore {
    fn describe(&self) -> String {
        self.inner.describe()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn get<'a>(
        &'a self,
        collection: &'static Collection,
        id: Id,
    ) -> BoxFuture<'a, Result<Option<Document>, StoreError>> {
        self.finish(self.inner.get(collection, id), false)
    }

    fn find<'a>(&'a self, query: Query) -> BoxFuture<'a, Result<Page, StoreError>> {
        self.finish(self.inner.find(query), false)
    }

    fn find_many<'a>(&'a self, queries: Vec<Query>) -> BoxFuture<'a, Result<Vec<Page>, StoreError>> {
        self.finish(self.inner.find_many(queries), false)
    }

    fn count<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.finish(self.inner.count(collection, filter), false)
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
        self.finish(self.inner.near(collection, field, longitude, latitude, within_m, filter, limit), false)
    }

    fn stream<'a>(
        &'a self,
        collection: &'static Collection,
        filter: Filter,
        each: Box<dyn FnMut(Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.finish(self.inner.stream(collection, filter, each), true)
    }

    fn stream_many<'a>(
        &'a self,
        collections: Vec<(&'static Collection, Filter)>,
        each: Box<dyn FnMut(&'static Collection, Vec<Document>) -> bool + Send + 'a>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.finish(self.inner.stream_many(collections, each), true)
    }

    fn commit<'a>(&'a self, batch: Batch) -> BoxFuture<'a, Result<(), StoreError>> {
        self.finish(self.inner.commit(batch), false)
    }

    fn check<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        self.finish(self.inner.check(), false)
    }

    fn inspect<'a>(&'a self) -> BoxFuture<'a, Result<Vec<LayoutFinding>, StoreError>> {
        self.finish(self.inner.inspect(), false)
    }

    fn mend<'a>(&'a self) -> BoxFuture<'a, Result<(), StoreError>> {
        self.finish(self.inner.mend(), false)
    }
}
