//! Writes an archive, one collection after the other.

use std::io::{self, Write};

use super::head::{Block, Head, collection_bytes};
use super::{CHECKSUM, Digest, MAGIC, TERMINATOR};
use crate::Collection;

/// After so many bytes a block ends and the next begins: who reads gives its turn to other collections.
const BLOCK_BYTES: usize = 1 << 20;

/// Writes an archive. Collections are announced at the start; their documents follow in that order.
pub struct Writer<W> {
    output: W,
    collections: Vec<Collection>,
    position: usize,
    checksum: Digest,
    /// Bytes in the open block; `None` when none is open.
    block_bytes: Option<usize>,
}

impl<W: Write> Writer<W> {
    /// Begins an archive with these collections, said to come from a server of this version.
    pub fn begin(
        mut output: W,
        server_version: &str,
        tool_version: &str,
        collections: Vec<Collection>,
    ) -> io::Result<Self> {
        output.write_all(&MAGIC)?;
        output.write_all(&Head::bytes(server_version, tool_version))?;
        for collection in &collections {
            output.write_all(&collection_bytes(collection))?;
        }
        output.write_all(&TERMINATOR)?;
        Ok(Self { output, collections, position: 0, checksum: CHECKSUM.digest(), block_bytes: None })
    }

    /// Writes a document (one whole BSON document) of the collection at this position, which is the present one or a
    /// later one: those before it have ended then.
    pub fn document(&mut self, position: usize, bson: &[u8]) -> io::Result<()> {
        if position < self.position || position >= self.collections.len() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "documents come in the order of their collections",
            ));
        }
        self.end_up_to(position)?;
        if self.block_bytes.is_none() {
            self.head(false, 0)?;
            self.block_bytes = Some(0);
        }
        self.output.write_all(bson)?;
        self.checksum.update(bson);
        let bytes = self.block_bytes.unwrap_or_default() + bson.len();
        self.block_bytes = Some(bytes);
        if bytes >= BLOCK_BYTES {
            self.end_block()?;
        }
        Ok(())
    }

    /// Ends what has not ended and gives the output back, which is to be ended in its own way.
    pub fn end(mut self) -> io::Result<W> {
        self.end_up_to(self.collections.len())?;
        Ok(self.output)
    }

    fn end_up_to(&mut self, position: usize) -> io::Result<()> {
        while self.position < position {
            self.end_block()?;
            if self.collections.get(self.position).is_some_and(Collection::has_documents) {
                let checksum = std::mem::replace(&mut self.checksum, CHECKSUM.digest()).finalize();
                self.head(true, checksum)?;
                self.output.write_all(&TERMINATOR)?;
            }
            self.position += 1;
        }
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        if self.block_bytes.take().is_some() {
            self.output.write_all(&TERMINATOR)?;
        }
        Ok(())
    }

    fn head(&mut self, is_end: bool, checksum: u64) -> io::Result<()> {
        let Some(Collection { database, name, .. }) = self.collections.get(self.position) else {
            return Ok(());
        };
        self.output.write_all(&Block { database, name, is_end, checksum }.bytes())
    }
}
