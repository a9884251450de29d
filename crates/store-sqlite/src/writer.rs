//! The writer: one thread with the one writing connection. While it waits for the disk, batches queue up; it then
//! writes all that wait in one transaction, each in a savepoint of its own, and answers them after the one commit.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::{Batch, StoreError};
use tokio::sync::oneshot;

use crate::errors::{Refusal, from_sqlite, is_fatal};
use crate::store_impl::Tables;
use crate::write;

/// At most so many batches share a commit, so that the first does not wait for ever.
const LARGEST_GROUP: usize = 256;

/// Why nothing more is written or read; set once, until the store is opened anew.
pub(crate) type Broken = Arc<OnceLock<StoreError>>;

type Answer = oneshot::Sender<Result<(), StoreError>>;

struct Job {
    batch: Batch,
    answer: Answer,
}

/// The writer's queue and thread.
pub(crate) struct Writer {
    queue: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(
        connection: Connection,
        tables: Arc<Tables>,
        broken: Broken,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = channel();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(&connection, &tables, &broken, &jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Writes the batch and waits until it is on disk. An empty batch asks whether writing is possible at all. If the
    /// caller goes away, the batch is written whole or not at all.
    pub(crate) async fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let closed =
            || Err(StoreError::Unavailable { reason: "the store was closed before a commit".to_owned() });
        let (answer, answered) = oneshot::channel();
        let Some(queue) = &self.queue else { return closed() };
        if queue.send(Job { batch, answer }).is_err() {
            return closed();
        }
        answered.await.unwrap_or_else(|_| {
            Err(StoreError::OutcomeUnknown { reason: "the store was closed during a commit".to_owned() })
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has nothing left to close.
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Connection, tables: &Tables, broken: &Broken, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(LARGEST_GROUP - 1));
        group.retain(|job| !job.answer.is_closed());
        if group.is_empty() {
            continue;
        }
        let batches: Vec<&Batch> = group.iter().map(|job| &job.batch).collect();
        let outcomes = write_group(connection, tables, broken, &batches);
        for (job, outcome) in group.into_iter().zip(outcomes) {
            // Whoever went away finds what was written.
            let _ = job.answer.send(outcome);
        }
    }
}

/// Writes the batches in one transaction; one by one, if a failure of SQLite's takes the whole transaction away.
fn write_group(
    connection: &Connection,
    tables: &Tables,
    broken: &Broken,
    batches: &[&Batch],
) -> Vec<Result<(), StoreError>> {
    if let Some(outcomes) = transaction(connection, tables, broken, batches) {
        return outcomes;
    }
    let single = |batch| {
        let outcomes = transaction(connection, tables, broken, std::slice::from_ref(batch));
        outcomes
            .and_then(|mut outcomes| outcomes.pop())
            .unwrap_or_else(|| Err(StoreError::Unavailable { reason: "the commit was given up".to_owned() }))
    };
    batches.iter().map(single).collect()
}

/// One transaction; `None` when several batches were in it, one of them failed in SQLite, and none was written.
fn transaction(
    connection: &Connection,
    tables: &Tables,
    broken: &Broken,
    batches: &[&Batch],
) -> Option<Vec<Result<(), StoreError>>> {
    let all = |error: StoreError| Some(batches.iter().map(|_| Err(error.clone())).collect());
    if let Some(error) = broken.get() {
        return all(error.clone());
    }
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
        note(broken, &error);
        return all(from_sqlite(&error, "begin to write"));
    }
    let mut outcomes = Vec::with_capacity(batches.len());
    for batch in batches {
        let written = match batches.len() {
            1 => write::apply(connection, tables, batch),
            _ => in_savepoint(connection, tables, batch),
        };
        match written {
            Ok(()) => outcomes.push(Ok(())),
            Err(Refusal::Said(error)) if batches.len() == 1 => {
                roll_back(connection);
                return all(error);
            }
            Err(Refusal::Said(error)) => outcomes.push(Err(error)),
            Err(Refusal::Failed(error)) => {
                note(broken, &error);
                roll_back(connection);
                if batches.len() > 1 && !is_fatal(&error) {
                    return None;
                }
                return all(from_sqlite(&error, "write"));
            }
        }
    }
    match execute(connection, "COMMIT") {
        Ok(()) => Some(outcomes),
        Err(error) => {
            note(broken, &error);
            roll_back(connection);
            // After a failed sync the pages may be on disk or not.
            let error = if is_fatal(&error) {
                StoreError::OutcomeUnknown { reason: format!("the disk failed during a commit ({error})") }
            } else {
                from_sqlite(&error, "commit")
            };
            let failed = |outcome: Result<(), StoreError>| outcome.and_then(|()| Err(error.clone()));
            Some(outcomes.into_iter().map(failed).collect())
        }
    }
}

/// What a batch that is refused has done is taken back, the others in the transaction stay. Alone in its transaction
/// it needs no savepoint, and large batches are alone more often than not: a savepoint keeps a copy of each page.
fn in_savepoint(connection: &Connection, tables: &Tables, batch: &Batch) -> Result<(), Refusal> {
    execute(connection, "SAVEPOINT batch")?;
    let outcome = write::apply(connection, tables, batch);
    match &outcome {
        Ok(()) => execute(connection, "RELEASE batch")?,
        Err(Refusal::Said(_)) => {
            execute(connection, "ROLLBACK TO batch")?;
            execute(connection, "RELEASE batch")?;
        }
        Err(Refusal::Failed(_)) => {}
    }
    outcome
}

fn execute(connection: &Connection, text: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(text)?.execute([]).map(|_| ())
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = execute(connection, "ROLLBACK")
    {
        tracing::error!(%error, "cannot roll back a failed write");
    }
}

/// Remembers a failure after which nothing may be acknowledged.
fn note(broken: &Broken, error: &rusqlite::Error) {
    if is_fatal(error) {
        let said = from_sqlite(
            error,
            "write: an earlier write failed, and nothing is written until Callboard is started again",
        );
        tracing::error!(%error, "the store is closed for writing until Callboard is started again");
        let _ = broken.set(said);
    }
}
