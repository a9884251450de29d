//! The real clock, randomness and timer: the one place where they come in.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use model::{Clock, Entropy, Id, IdSource};

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the real time enters")]
    fn now(&self) -> Timestamp {
        model::ambient::to_millisecond(Timestamp::now())
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::panic,
        reason = "without randomness nothing can be kept secret: stopping is the only right answer"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        if let Err(error) = getrandom::fill(buffer) {
            panic!("the operating system gave no random bytes: {error}");
        }
    }
}

/// Ids in MongoDB's layout: the second, five bytes of this process, a counter.
#[derive(Debug)]
pub(crate) struct SystemIds {
    process: [u8; 5],
    count: AtomicU32,
}

impl SystemIds {
    /// A source for this process.
    pub(crate) fn new() -> Self {
        let mut process = [0; 5];
        SystemEntropy.fill(&mut process);
        let mut start = [0; 4];
        SystemEntropy.fill(&mut start);
        Self { process, count: AtomicU32::new(u32::from_be_bytes(start)) }
    }
}

impl IdSource for SystemIds {
    fn next(&self) -> Id {
        let seconds = u32::try_from(SystemClock.now().as_second()).unwrap_or(u32::MAX);
        Id::from_parts(seconds, self.process, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// Waits in real time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemTimer;

impl app::Timer for SystemTimer {
    fn wait(&self, milliseconds: u64) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(Duration::from_millis(milliseconds)))
    }
}
