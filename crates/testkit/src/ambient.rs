//! What a run takes instead of the machine's clock, randomness and waiting.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use model::{Clock, Entropy, Id, IdSource};

use crate::random::Random;

/// A clock that goes only when told. Clones show the same time.
#[derive(Debug, Clone)]
pub struct TestClock {
    now_ms: Arc<AtomicI64>,
}

impl TestClock {
    /// A clock that shows this instant.
    pub fn at(now: Timestamp) -> Self {
        Self { now_ms: Arc::new(AtomicI64::new(now.as_millisecond())) }
    }

    /// Lets time pass.
    pub fn advance_ms(&self, milliseconds: i64) {
        self.now_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

/// Waiting moves the clock instead.
impl app::Timer for TestClock {
    fn wait(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.advance_ms(i64::try_from(milliseconds).unwrap_or(0));
        Box::pin(std::future::ready(()))
    }
}

/// Ids that count.
#[derive(Debug, Default)]
pub struct CountingIds {
    count: AtomicU32,
}

impl IdSource for CountingIds {
    fn next(&self) -> Id {
        Id::from_parts(0x6500_0000, *b"testk", self.count.fetch_add(1, Ordering::SeqCst))
    }
}

/// Bytes from a seed. Never for anything real.
#[derive(Debug)]
pub struct SeededEntropy {
    random: Mutex<Random>,
}

impl SeededEntropy {
    /// The bytes of this seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Mutex::new(Random::new(seed, "entropy")) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            let bytes = random.number().to_le_bytes();
            for (byte, value) in chunk.iter_mut().zip(bytes) {
                *byte = value;
            }
        }
    }
}
