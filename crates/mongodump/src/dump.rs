//! A dump in whichever form, told by what it is and not by its name.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::archive::{MAGIC, Reader};
use crate::counted::{Count, Counted};
use crate::folder::Folder;
use crate::{Collection, DumpError, Limits};

/// Begins every gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
const BUFFER_BYTES: usize = 1 << 16;

/// The form of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `mongodump --archive`.
    Archive,
    /// `mongodump --archive --gzip`.
    PackedArchive,
    /// `mongodump --out`.
    Folder,
}

/// A dump that is read.
pub struct Dump {
    form: Form,
    inner: Inner,
    limits: Limits,
    /// Bytes taken from the file; unknown for a folder.
    packed: Count,
    unpacked: Count,
}

enum Inner {
    Archive(Box<Reader<Box<dyn Read + Send>>>),
    Folder(Box<Folder>),
}

impl Dump {
    /// Opens the file or folder at this path.
    ///
    /// # Errors
    /// When it cannot be read, is no dump, or is damaged at its start.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, DumpError> {
        if path.is_dir() {
            let inner = Inner::Folder(Box::new(Folder::open(path, limits)?));
            return Ok(Self {
                form: Form::Folder,
                inner,
                limits,
                packed: Count::default(),
                unpacked: Count::default(),
            });
        }
        Self::read(Box::new(File::open(path).map_err(DumpError::Io)?), limits)
    }

    /// Reads an archive, packed or not, from a stream.
    ///
    /// # Errors
    /// When it cannot be read, is no archive, or is damaged at its start.
    pub fn read(mut input: Box<dyn Read + Send>, limits: Limits) -> Result<Self, DumpError> {
        let mut start = Vec::new();
        (&mut input)
            .take(4)
            .read_to_end(&mut start)
            .map_err(|error| DumpError::reading(error, 0, "at its start"))?;
        let form = if start == MAGIC {
            Form::Archive
        } else if start.starts_with(&GZIP) {
            Form::PackedArchive
        } else if start.is_empty() {
            return Err(DumpError::Foreign("it is empty"));
        } else {
            return Err(DumpError::Foreign("it begins neither as an archive nor as a gzip"));
        };
        let input = Counted::new(Cursor::new(start).chain(input));
        let packed = input.count();
        let input = BufReader::with_capacity(BUFFER_BYTES, input);
        let unpacked_input: Box<dyn Read + Send> = match form {
            Form::PackedArchive => Box::new(MultiGzDecoder::new(input)),
            _ => Box::new(input),
        };
        let unpacked_input = Counted::new(unpacked_input);
        let unpacked = unpacked_input.count();
        let buffered: Box<dyn Read + Send> = Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked_input));
        let inner = Inner::Archive(Box::new(Reader::open(buffered, limits)?));
        Ok(Self { form, inner, limits, packed, unpacked })
    }

    /// Its form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Its collections.
    pub fn collections(&self) -> &[Collection] {
        match &self.inner {
            Inner::Archive(reader) => reader.collections(),
            Inner::Folder(folder) => folder.collections(),
        }
    }

    /// The version of the server that was dumped, where the dump says it.
    pub fn server_version(&self) -> Option<&str> {
        match &self.inner {
            Inner::Archive(reader) => Some(reader.versions().0),
            Inner::Folder(_) => None,
        }
    }

    /// Bytes of the file (of a folder: of its documents) that were taken in so far.
    pub fn read_bytes(&self) -> u64 {
        match &self.inner {
            Inner::Archive(_) => self.packed.bytes(),
            Inner::Folder(folder) => folder.unpacked_bytes(),
        }
    }

    /// The next document, as the bytes it is, and the position of its collection; `None` when all was read and found
    /// whole.
    #[expect(clippy::should_implement_trait, reason = "what is given is borrowed from the dump")]
    pub fn next(&mut self) -> Result<Option<(usize, &[u8])>, DumpError> {
        let (packed, unpacked) = match &self.inner {
            Inner::Archive(_) => (self.packed.bytes(), self.unpacked.bytes()),
            Inner::Folder(folder) => (folder.packed_bytes(), folder.unpacked_bytes()),
        };
        let most =
            packed.saturating_mul(self.limits.unpacked_ratio).saturating_add(self.limits.unpacked_free_bytes);
        if unpacked > most {
            return Err(DumpError::TooLarge(format!(
                "it unpacks to more than {} times its size, as no dump of calendars does",
                self.limits.unpacked_ratio
            )));
        }
        match &mut self.inner {
            Inner::Archive(reader) => reader.next(),
            Inner::Folder(folder) => folder.next(),
        }
    }
}
