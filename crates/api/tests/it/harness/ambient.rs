//! Time, ids and randomness that repeat.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use model::{Clock, Entropy, Id, IdSource};

/// A clock that moves when it is told to.
pub(crate) struct StoppedClock(Mutex<Timestamp>);

impl StoppedClock {
    pub(crate) fn at(text: &str) -> Self {
        Self(Mutex::new(text.parse().unwrap()))
    }

    pub(crate) fn forward(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Ids that count up.
#[derive(Default)]
pub(crate) struct Counted(AtomicU32);

impl IdSource for Counted {
    fn next(&self) -> Id {
        Id::from_parts(0x6741_0000, [1, 2, 3, 4, 5], self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// Random bytes that repeat, and are remembered: these are the secrets a test looks for.
#[derive(Default)]
pub(crate) struct Recorded {
    state: Mutex<u64>,
    given: Mutex<Vec<Vec<u8>>>,
}

impl Recorded {
    /// Everything that was given, as the base64 in which the application uses it.
    pub(crate) fn secrets(&self) -> Vec<String> {
        use base64::Engine;
        let given = self.given.lock().unwrap();
        given.iter().map(|bytes| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)).collect()
    }
}

impl Entropy for Recorded {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.state.lock().unwrap();
        for byte in buffer.iter_mut() {
            // SplitMix64, one byte of each step.
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (z ^ (z >> 31)).to_le_bytes()[3];
        }
        self.given.lock().unwrap().push(buffer.to_vec());
    }
}

/// Nothing waits in these tests.
pub(crate) struct NoWait;

impl app::Timer for NoWait {
    fn wait(&self, _: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}
