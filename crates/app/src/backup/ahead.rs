//! A backup read on a thread of its own, some documents ahead of whoever takes them: to unpack it and take it apart is
//! half of the work.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::contents::{Found, Reading};
use super::manifest::Manifest;
use super::refused;
use crate::AppError;

/// So many documents come at once at the most…
const CHUNK_DOCUMENTS: usize = 256;
/// …or so many bytes of them.
const CHUNK_BYTES: usize = 1 << 20;
/// So many chunks wait to be taken: memory stays flat.
const WAITING: usize = 2;

/// A backup that is read ahead. Dropped, it is read no further.
pub(super) struct Ahead {
    pieces: Receiver<Result<Piece, AppError>>,
    manifest: Option<Manifest>,
}

enum Piece {
    Documents(Vec<Found>),
    /// The end is said: a thread that dies must not look like it.
    End(Option<Manifest>),
}

impl Ahead {
    pub(super) fn of(reading: Reading) -> Self {
        let (give, pieces) = sync_channel(WAITING);
        std::thread::spawn(move || read(reading, &give));
        Self { pieces, manifest: None }
    }

    /// The next documents in their order; `None` when all was read and found whole. Blocks while they are read.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Found>>, AppError> {
        match self.pieces.recv().map_err(|_| refused("the reader of the backup died"))?? {
            Piece::Documents(documents) => Ok(Some(documents)),
            Piece::End(manifest) => {
                self.manifest = manifest;
                Ok(None)
            }
        }
    }

    /// What the backup says of itself, after its end.
    pub(super) fn into_manifest(self) -> Option<Manifest> {
        self.manifest
    }
}

/// Nobody hears what is said to whoever went away.
fn read(mut reading: Reading, give: &SyncSender<Result<Piece, AppError>>) {
    loop {
        let (chunk, ended) = match chunk(&mut reading) {
            Ok(chunk) => chunk,
            Err(error) => {
                let _ = give.send(Err(error));
                return;
            }
        };
        if give.send(Ok(Piece::Documents(chunk))).is_err() {
            return;
        }
        if ended {
            let _ = give.send(Ok(Piece::End(reading.into_manifest())));
            return;
        }
    }
}

/// Some documents, and whether they are the last.
fn chunk(reading: &mut Reading) -> Result<(Vec<Found>, bool), AppError> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK_DOCUMENTS && bytes < CHUNK_BYTES {
        let Some(found) = reading.next()? else { return Ok((chunk, true)) };
        bytes += found.bson.len();
        chunk.push(found);
    }
    Ok((chunk, false))
}
