//! A file that is not written, only measured: what a look beforehand says of one that would be.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Takes what is written and keeps only how much it is.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    size: Arc<AtomicU64>,
}

impl Measured {
    /// Its size, also once it was handed on.
    pub(crate) fn size(&self) -> Size {
        Size(self.size.clone())
    }
}

/// The size of a file that is measured.
#[derive(Debug)]
pub(crate) struct Size(Arc<AtomicU64>);

impl Size {
    /// In bytes, so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size.fetch_add(u64::try_from(bytes.len()).unwrap_or_default(), Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
