//! A backup that is encrypted cannot be read back by who made it: the secret half of the key is elsewhere. So what goes
//! into the encryption is read as a backup at the same time, by a thread that hears every byte.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::contents::inspect_stream;
use super::{Contents, Origin, refused};
use crate::AppError;

/// Pieces that may wait to be read: memory stays flat.
const WAITING: usize = 16;

/// Writes on, and lets the reader hear it.
pub(super) struct Proving<W> {
    output: W,
    reader: Option<Reader>,
}

struct Reader {
    pipe: SyncSender<Vec<u8>>,
    thread: JoinHandle<Result<Contents, AppError>>,
}

impl<W: Write> Proving<W> {
    /// `path` is what complaints name. Without `is_read` it only writes on.
    pub(super) fn new(output: W, path: &Path, is_read: bool) -> Self {
        let reader = is_read.then(|| {
            let (pipe, pieces) = sync_channel(WAITING);
            let origin = Origin::from(path);
            let read = move || inspect_stream(&origin, Box::new(Pieces { pieces, piece: Vec::new(), at: 0 }));
            Reader { pipe, thread: std::thread::spawn(read) }
        });
        Self { output, reader }
    }

    /// What it was written to, and what the reader found, if there was one.
    pub(super) fn end(self) -> Result<(W, Option<Contents>), AppError> {
        let Some(Reader { pipe, thread }) = self.reader else { return Ok((self.output, None)) };
        drop(pipe);
        let contents = thread.join().map_err(|_| refused("the reader of the backup died"))??;
        Ok((self.output, Some(contents)))
    }
}

impl<W: Write> Write for Proving<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.output.write(bytes)?;
        if let Some(reader) = &self.reader {
            // One that has stopped reading says at the end why.
            let _ = reader.pipe.send(bytes.get(..count).unwrap_or_default().to_vec());
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

/// The reader's end.
struct Pieces {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.piece.len() {
            // The writer is gone: this is the end.
            let Ok(piece) = self.pieces.recv() else { return Ok(0) };
            (self.piece, self.at) = (piece, 0);
        }
        let mut rest = self.piece.get(self.at..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_refuses_what_is_no_backup_and_the_writer_hears_why() {
        let mut proving = Proving::new(Vec::new(), Path::new("a.age"), true);
        for _ in 0..WAITING * 4 {
            proving.write_all(&[7; 9_000]).unwrap();
        }
        let error = proving.end().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("a.age"), "{error}");

        let mut silent = Proving::new(Vec::new(), Path::new("a"), false);
        silent.write_all(b"abc").unwrap();
        let (written, found) = silent.end().unwrap();
        assert!(written == b"abc" && found.is_none());
    }
}
