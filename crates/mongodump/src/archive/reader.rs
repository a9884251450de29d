//! Reads an archive document by document.

use std::io::{ErrorKind, Read};

use bson::RawDocument;

use super::head::{self, Block, Head};
use super::{CHECKSUM, Digest, MAGIC, TERMINATOR, VERSION};
use crate::counted::{Count, Counted};
use crate::{Collection, DumpError, Limits, document};

/// Reads an archive. A collection's checksum is compared when its end comes; the archive is whole when
/// [`Reader::next`] answers `None`, and not before.
pub struct Reader<R> {
    input: Counted<R>,
    count: Count,
    limits: Limits,
    head: Head,
    collections: Vec<Collection>,
    states: Vec<State>,
    current: Option<usize>,
    buffer: Vec<u8>,
}

struct State {
    checksum: Digest,
    has_ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads up to the documents. `input` should be buffered.
    ///
    /// # Errors
    /// When it is no archive, damaged so far, or beyond the limits.
    pub fn open(input: R, limits: Limits) -> Result<Self, DumpError> {
        let input = Counted::new(input);
        let count = input.count();
        let mut reader = Self {
            input,
            count,
            limits,
            head: Head::default(),
            collections: Vec::new(),
            states: Vec::new(),
            current: None,
            buffer: Vec::new(),
        };
        reader.read_heads()?;
        Ok(reader)
    }

    /// The collections, in the order of the archive.
    pub fn collections(&self) -> &[Collection] {
        &self.collections
    }

    /// The version of the server that was dumped, and of the tool that did it.
    pub fn versions(&self) -> (&str, &str) {
        (&self.head.server_version, &self.head.tool_version)
    }

    /// The next document and the position of its collection in [`Reader::collections`]; `None` when all of the archive
    /// was read and every checksum was right.
    #[expect(clippy::should_implement_trait, reason = "what is given is borrowed from the reader")]
    pub fn next(&mut self) -> Result<Option<(usize, &[u8])>, DumpError> {
        loop {
            let Some(start) = self.start()? else {
                self.check_end()?;
                return Ok(None);
            };
            match (self.current, start == TERMINATOR) {
                (Some(_), true) => self.current = None,
                (None, true) => return Err(self.damaged("a block has no head")),
                (None, false) => self.block(start)?,
                (Some(position), false) => {
                    self.document(start)?;
                    if let Some(state) = self.states.get_mut(position) {
                        state.checksum.update(&self.buffer);
                    }
                    return Ok(Some((position, &self.buffer)));
                }
            }
        }
    }

    fn read_heads(&mut self) -> Result<(), DumpError> {
        if self.four()? != MAGIC {
            return Err(DumpError::Foreign("it does not begin as an archive does"));
        }
        let start = self.four()?;
        self.document(start)?;
        self.head = self
            .small()
            .and_then(Head::read)
            .ok_or_else(|| self.damaged("the archive's head does not say what it is"))?;
        if self.head.version != VERSION {
            return Err(DumpError::Foreign("its archive format is another one than 0.1"));
        }
        loop {
            let start = self.four()?;
            if start == TERMINATOR {
                return Ok(());
            }
            self.document(start)?;
            if self.collections.len() >= self.limits.collections {
                let reason = format!("it has more than {} collections", self.limits.collections);
                return Err(DumpError::TooLarge(reason));
            }
            if self.count.bytes() > self.limits.heads_bytes {
                let reason =
                    format!("the heads of its collections have more than {} bytes", self.limits.heads_bytes);
                return Err(DumpError::TooLarge(reason));
            }
            let collection = self
                .small()
                .and_then(head::collection)
                .filter(Collection::has_plain_names)
                .ok_or_else(|| self.damaged("the head of a collection does not say which"))?;
            if self.collections.iter().any(|known| is(known, &collection.database, &collection.name)) {
                return Err(self.damaged("a collection has two heads"));
            }
            self.states.push(State { checksum: CHECKSUM.digest(), has_ended: !collection.has_documents() });
            self.collections.push(collection);
        }
    }

    /// The head of a block was begun: whose it is, or whose end.
    fn block(&mut self, start: [u8; 4]) -> Result<(), DumpError> {
        self.document(start)?;
        let block = self.small().and_then(Block::read);
        let (position, is_end, checksum) = block
            .and_then(|block| {
                let position =
                    self.collections.iter().position(|known| is(known, block.database, block.name));
                Some((position?, block.is_end, block.checksum))
            })
            .ok_or_else(|| self.damaged("a block does not say whose documents it has"))?;
        let state = self.states.get_mut(position);
        let Some(state) = state.filter(|state| !state.has_ended) else {
            return Err(self.damaged("a collection goes on after its end"));
        };
        if !is_end {
            self.current = Some(position);
            return Ok(());
        }
        state.has_ended = true;
        let found = state.checksum.clone().finalize();
        if found != checksum {
            let name = self.collections.get(position).map(|known| known.name.clone()).unwrap_or_default();
            return Err(self.damaged(&format!("the documents of {name} are not those that were written")));
        }
        if self.four()? != TERMINATOR {
            return Err(self.damaged("the end of a collection is followed by something else"));
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), DumpError> {
        if self.current.is_some() || self.states.iter().any(|state| !state.has_ended) {
            return Err(self.cut("before the end of every collection"));
        }
        Ok(())
    }

    /// The next four bytes, or `None` at the end of the file.
    fn start(&mut self) -> Result<Option<[u8; 4]>, DumpError> {
        let mut four = [0; 4];
        let mut filled = 0;
        while let Some(rest) = four.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(self.cut("between two documents")),
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(DumpError::reading(error, self.count.bytes(), "between two documents"));
                }
            }
        }
        Ok(Some(four))
    }

    fn four(&mut self) -> Result<[u8; 4], DumpError> {
        self.start()?.ok_or_else(|| self.cut("before its documents"))
    }

    fn document(&mut self, start: [u8; 4]) -> Result<(), DumpError> {
        let after_bytes = self.count.bytes();
        document::rest_of(&mut self.input, start, &mut self.buffer, &self.limits, after_bytes)
    }

    /// The document just read.
    fn small(&self) -> Option<&RawDocument> {
        RawDocument::from_bytes(&self.buffer).ok()
    }

    fn cut(&self, during: &'static str) -> DumpError {
        DumpError::Cut { after_bytes: self.count.bytes(), during }
    }

    fn damaged(&self, what: &str) -> DumpError {
        DumpError::Damaged { after_bytes: self.count.bytes(), what: what.to_owned() }
    }
}

fn is(collection: &Collection, database: &str, name: &str) -> bool {
    collection.database == database && collection.name == name
}
