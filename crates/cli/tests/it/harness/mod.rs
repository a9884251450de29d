//! What the tests stand on: a house (a folder, a simulated Outlook, settings), programs that run in it, a browser.

mod browser;
mod house;
mod mangler;
mod program;

use std::future::Future;
use std::time::Duration;

pub(crate) use browser::{Browser, Script};
pub(crate) use house::{House, KEY, MIRA, bare, day_from_today, timed};
pub(crate) use mangler::Mangler;
pub(crate) use program::{Outcome, Program, Server};

/// The longest that anything may take before a test says what it waited for: longer than a MongoDB server keeps the
/// transaction of a client that was killed.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until `look` finds something.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let search = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, search).await {
        Ok(found) => found,
        Err(_) => panic!("waited for {PATIENCE:?}: {what}"),
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
