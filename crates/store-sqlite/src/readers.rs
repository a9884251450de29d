//! The readers: a few threads, each with a connection of its own, that take reads from one queue, so that no async
//! thread waits for a long read.
//!
//! Most reads are short, and waking two threads costs more than they do. So a read is first tried by whoever asks, on a
//! connection kept for that, within a bounded number of steps; one that needs more is begun again by a reader. The bound
//! is low because the pages of such a read may have to come from the disk first, and whoever asks waits for them.

use std::collections::VecDeque;
use std::ffi::c_int;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode};
use store::StoreError;
use tokio::sync::oneshot;

use crate::errors::{Refusal, is_damage};
use crate::writer::Broken;

/// So many steps of SQLite's machine are taken by whoever asks, for each statement: a page of a listing takes some thousands.
const STEPS_AT_ONCE: c_int = 20_000;

const ATTEMPTED: &str = "read the store";

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
    broken: Broken,
    at_once: Vec<Mutex<Connection>>,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One thread for each connection of `threads`; those of `at_once` serve whoever asks. Damage that a read meets is noted
    /// in `broken`: nothing more is written into a damaged file, while reads of what is whole go on.
    pub(crate) fn start(
        threads: Vec<Connection>,
        mut at_once: Vec<Connection>,
        broken: Broken,
    ) -> Result<Self, StoreError> {
        for connection in &mut at_once {
            connection
                .progress_handler(STEPS_AT_ONCE, Some(|| true))
                .map_err(|error| Refusal::from(error).said("bound the steps of a read"))?;
        }
        let at_once = at_once.into_iter().map(Mutex::new).collect();
        let mut readers = Self { broken, at_once, shared: Arc::default(), threads: Vec::new() };
        for connection in threads {
            let shared = readers.shared.clone();
            let thread = std::thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || serve(&shared, &connection))
                .map_err(|error| StoreError::Unavailable {
                    reason: format!(
                        "cannot start the store's threads: {error}. Raise the limit of processes"
                    ),
                })?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Runs a read: at once if it is short, else on a thread of the pool.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        read: impl Fn(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, StoreError> {
        match self.try_at_once(&read) {
            Some(outcome) => outcome.map_err(|refusal| said(refusal, ATTEMPTED, &self.broken)),
            None => self.run_in_pool(read).await,
        }
    }

    /// Runs a read on a thread of the pool: one whose steps are long, such as a search through texts, which is one step a
    /// document. A read nobody waits for any more is not begun.
    pub(crate) async fn run_in_pool<T: Send + 'static>(
        &self,
        read: impl Fn(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let broken = self.broken.clone();
        let job: Job = Box::new(move |connection| {
            if !answer.is_closed() {
                // Nobody waiting any more is no error.
                let _ = answer.send(read(connection).map_err(|refusal| said(refusal, ATTEMPTED, &broken)));
            }
        });
        lock(&self.shared).jobs.push_back(job);
        self.shared.ready.notify_one();
        answered.await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable { reason: "the store was closed during a read".to_owned() })
        })
    }

    /// `None` when no connection is free for it or the read is a long one.
    fn try_at_once<T>(
        &self,
        read: &impl Fn(&Connection) -> Result<T, Refusal>,
    ) -> Option<Result<T, Refusal>> {
        let connection = self.at_once.iter().find_map(|connection| match connection.try_lock() {
            Ok(connection) => Some(connection),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })?;
        match read(&connection) {
            Err(Refusal::Failed(error))
                if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
            {
                None
            }
            outcome => Some(outcome),
        }
    }
}

/// What is told of a read that failed; damage is noted.
pub(crate) fn said(refusal: Refusal, attempted: &str, broken: &Broken) -> StoreError {
    let is_damage = matches!(&refusal, Refusal::Failed(error) if is_damage(error));
    let error = refusal.said(attempted);
    if is_damage {
        tracing::error!(%error, "the store file is damaged");
        let _ = broken.set(error.clone());
    }
    error
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
