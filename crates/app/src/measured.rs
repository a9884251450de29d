//! A file that is not written, only measured: what a look beforehand says of one that would be.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Takes what is written and keeps only how much it is.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    position: u64,
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
        self.position = self.position.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.size.fetch_max(self.position, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Measured {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from = |place: u64, by: i64| place.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput);
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(by) => from(self.position, by)?,
            SeekFrom::End(by) => from(self.size.load(Ordering::Relaxed), by)?,
        };
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_over_counts_once() {
        let mut file = Measured::default();
        let size = file.size();
        file.write_all(b"abcdef").unwrap();
        assert_eq!(
            (file.seek(SeekFrom::Start(2)).unwrap(), file.seek(SeekFrom::Current(-1)).unwrap()),
            (2, 1)
        );
        file.write_all(b"xyz").unwrap();
        assert_eq!(size.bytes(), 6);
        file.seek(SeekFrom::End(2)).unwrap();
        file.write_all(b"z").unwrap();
        assert_eq!(size.bytes(), 9);
        assert!(file.seek(SeekFrom::Current(-10)).is_err());
    }
}
