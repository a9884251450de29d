//! What is over is thrown away: sessions, one-time codes, idempotency keys. Nothing relies on it, every use looks at
//! the time itself; it keeps the store small.

use model::collections::{IDEMPOTENCY_KEYS, ONE_TIME_CODES, SESSIONS};
use store::{Batch, Filter};

use crate::{App, AppError};

/// Deletes what is over; a job calls it now and then, an hour apart is plenty. Tokens stay, so that their owners see
/// that they ended.
pub async fn run(app: &App) -> Result<(), AppError> {
    let now = app.now();
    let mut batch = Batch::new();
    for collection in [&SESSIONS, &ONE_TIME_CODES, &IDEMPOTENCY_KEYS] {
        batch.delete(collection, Filter::Lte("expires_at", now.into()));
    }
    Ok(app.store().commit(batch).await?)
}
