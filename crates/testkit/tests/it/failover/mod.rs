//! A store that goes away and comes back, in the middle of commits and of a sync: every acknowledged commit is there,
//! none twice, and the service goes on by itself.
//!
//! [`proxied`] and [`killed`] play it on MongoDB. [`commits`] and [`runs`] are the laws, for any store and any disturbance; [`shaky`] proves that they find a store
//! that lies.

mod commits;
mod killed;
mod proxied;
mod runs;
mod shaky;

use std::time::Duration;

/// How often and how long something is waited for: fifty times a second, two minutes.
const LOOKS: u32 = 6_000;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Waits until something is so; false when it never was.
async fn until(mut is_so: impl AsyncFnMut() -> bool) -> bool {
    for _ in 0..LOOKS {
        if is_so().await {
            return true;
        }
        between_looks().await;
    }
    false
}

async fn between_looks() {
    tokio::time::sleep(BETWEEN_LOOKS).await;
}
