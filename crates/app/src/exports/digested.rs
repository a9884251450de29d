//! A file whose size and SHA-256 are known when it is written: it need not be read again for them.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

/// The file.
pub(super) struct Digested {
    file: File,
    digest: Digest,
}

/// What was written so far, also once the file was handed on.
#[derive(Clone, Default)]
pub(super) struct Digest(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    bytes: u64,
    sha256: Sha256,
}

impl Digested {
    pub(super) fn of(file: File) -> Self {
        Self { file, digest: Digest::default() }
    }

    pub(super) fn digest(&self) -> Digest {
        self.digest.clone()
    }
}

impl Digest {
    /// Size in bytes, and SHA-256 in hexadecimal digits.
    pub(super) fn read(&self) -> (u64, String) {
        let written = self.written();
        (written.bytes, hex::encode(written.sha256.clone().finalize()))
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        let mut written = self.digest.written();
        written.bytes += u64::try_from(count).unwrap_or_default();
        written.sha256.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
