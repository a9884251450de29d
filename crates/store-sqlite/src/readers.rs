//! The readers: a few threads, each with a connection of its own, that take reads from one queue, so that no async
//! thread ever waits for the disk.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&Connection) + Send>;

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    ready: Condvar,
}

/// The pool.
pub(crate) struct Readers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One thread for each connection.
    pub(crate) fn start(connections: Vec<Connection>) -> std::io::Result<Self> {
        let mut readers = Self { shared: Arc::default(), threads: Vec::new() };
        for connection in connections {
            let shared = readers.shared.clone();
            let thread = std::thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || serve(&shared, &connection))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Runs a read on a thread of the pool. A read nobody waits for any more is not begun.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if !answer.is_closed() {
                // Nobody waiting any more is no error.
                let _ = answer.send(read(connection));
            }
        });
        lock(&self.shared).jobs.push_back(job);
        self.shared.ready.notify_one();
        answered.await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable { reason: "the store was closed during a read".to_owned() })
        })
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        lock(&self.shared).closed = true;
        self.shared.ready.notify_all();
        for thread in self.threads.drain(..) {
            // A reader that panicked has nothing left to close.
            let _ = thread.join();
        }
    }
}

fn serve(shared: &Shared, connection: &Connection) {
    loop {
        let mut queue = lock(shared);
        let job = loop {
            if let Some(job) = queue.jobs.pop_front() {
                break job;
            }
            if queue.closed {
                return;
            }
            queue = shared.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        };
        drop(queue);
        job(connection);
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Queue> {
    shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
}
