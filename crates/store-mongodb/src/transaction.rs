//! A batch as one transaction: run again when the server says that it can be, committed again when the answer was lost.
//!
//! Asking again is how the outcome of a commit is found out: the server remembers what came of each transaction, on a new
//! primary too, so a repeated `commitTransaction` with a majority answers what became of the first, and does nothing
//! twice. Only if no server answers until the time is over is the outcome unknown.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mongodb::ClientSession;
use store::{Batch, StoreError};
use tokio::time::{Instant, sleep, timeout_at};

use crate::engine::Engine;
use crate::read::transaction_options;
use crate::verdict::{Asked, Verdict, of_error};
use crate::write::{self, Manner, Stop};

/// After so long it is said what a commit waits for.
const LONG: Duration = Duration::from_secs(5);

/// So long at least the end of a transaction that failed is waited for, so that it is sent also when time is over.
const ABORTING: Duration = Duration::from_secs(2);

const WRITING: Asked = Asked { what: "write", collection: None };

/// Writes all of the batch or nothing.
pub(crate) async fn commit(engine: &Engine, batch: &Batch) -> Result<(), StoreError> {
    let begun = Instant::now();
    let mut deadline = begun + engine.options.operation_timeout;
    let turn = engine.turn.fetch_add(1, Ordering::Relaxed);
    let mut manner = Manner::Grouped;
    let (mut tries, mut is_told) = (0_u32, false);
    loop {
        if Instant::now() >= deadline {
            return Err(StoreError::Unavailable {
                reason: "cannot write: others wrote the same all the time".to_owned(),
            });
        }
        let reason = match attempt(engine, batch, manner, deadline).await {
            Ok(()) => return Ok(()),
            Err(Stop::Missed) => {
                manner = Manner::OneByOne;
                continue;
            }
            Err(Stop::Doubled { place, error }) => {
                if manner == Manner::Looking(place) {
                    return Err(error);
                }
                manner = Manner::Looking(place);
                continue;
            }
            Err(Stop::Said(Verdict::Refused(error))) => return Err(error),
            Err(Stop::Said(Verdict::Unknown(reason))) => return Err(StoreError::OutcomeUnknown { reason }),
            Err(Stop::Said(Verdict::Again(reason))) => reason,
            Err(Stop::Said(Verdict::Taken(reason))) => {
                // The server is there and answers, so what counts is how long another's transaction can last.
                let (now, longest) = (Instant::now(), begun + engine.options.conflict_timeout);
                deadline = deadline.max(longest.min(now + engine.options.operation_timeout));
                if !is_told && now >= begun + LONG {
                    tracing::warn!(
                        longest = ?engine.options.conflict_timeout,
                        "what is to be written is held by another transaction; of a server that was killed it ends \
                         within a minute or so",
                    );
                    is_told = true;
                }
                reason
            }
            Err(Stop::Said(Verdict::Done(_))) => "the transaction went no further".to_owned(),
        };
        tries += 1;
        // Those that collided wait for different times.
        let wait = Duration::from_millis((1 << tries.min(9)) + (turn * 7 + u64::from(tries) * 3) % 11);
        if Instant::now() + wait >= deadline {
            return Err(StoreError::Unavailable { reason: format!("{reason}, {tries} times") });
        }
        sleep(wait).await;
    }
}

async fn attempt(engine: &Engine, batch: &Batch, manner: Manner, deadline: Instant) -> Result<(), Stop> {
    let driver = |error: mongodb::error::Error| Stop::Said(of_error(WRITING, &error));
    let mut session =
        match timeout_at(deadline, engine.client.start_session().causal_consistency(false)).await {
            Ok(session) => session.map_err(driver)?,
            Err(_) => return Err(late(engine)),
        };
    session.start_transaction().with_options(transaction_options()).await.map_err(driver)?;
    let applied = match timeout_at(deadline, write::apply(engine, &mut session, batch, manner)).await {
        Ok(applied) => applied,
        // Nobody waits any longer: dropped, the session ends its transaction behind us. Told to end it and then not waited
        // for, it would say nothing to the server, which then keeps what was written taken for a minute.
        Err(_) => return Err(late(engine)),
    };
    if let Err(stop) = applied {
        // The server may have done it already, or may not answer; it does it by itself after a minute.
        let longest = deadline.max(Instant::now() + ABORTING);
        let _ = timeout_at(longest, session.abort_transaction()).await;
        return Err(stop);
    }
    finish(&mut session, deadline).await
}

/// Commits, and asks again until it is known what came of it.
async fn finish(session: &mut ClientSession, deadline: Instant) -> Result<(), Stop> {
    let mut wait = Duration::from_millis(20);
    loop {
        let unknown = match timeout_at(deadline, session.commit_transaction()).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => match of_error(Asked { what: "commit", ..WRITING }, &error) {
                again @ (Verdict::Again(_) | Verdict::Taken(_)) => return Err(Stop::Said(again)),
                // Whatever else is said of a commit proves nothing about it.
                Verdict::Refused(error) => error.to_string(),
                Verdict::Unknown(reason) => reason,
                Verdict::Done(_) => return Ok(()),
            },
            Err(_) => "MongoDB did not answer in time".to_owned(),
        };
        if Instant::now() + wait >= deadline {
            return Err(Stop::Said(Verdict::Unknown(unknown)));
        }
        sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(1));
    }
}

fn late(engine: &Engine) -> Stop {
    Stop::Said(Verdict::Refused(StoreError::Unavailable {
        reason: format!(
            "cannot write: MongoDB did not answer within {} seconds",
            engine.options.operation_timeout.as_secs_f64()
        ),
    }))
}
