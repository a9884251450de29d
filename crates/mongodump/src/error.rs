//! How reading a dump can fail: what was met, where, fit to be told to a person.

use std::io::{self, ErrorKind};

/// How reading a dump can fail. No message repeats what stands in a document.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(io::Error),
    /// It is something else than a dump.
    #[error("it is no dump of MongoDB's tools: {0}")]
    Foreign(&'static str),
    /// It is cut short.
    #[error("it is cut short: it ends {after_bytes} bytes in, {during}")]
    Cut {
        /// So many bytes (unpacked) were read before.
        after_bytes: u64,
        /// In what it ends.
        during: &'static str,
    },
    /// A file of the folder is missing.
    #[error("it is cut short: {file} is missing, though the metadata of that collection is there")]
    Missing {
        /// The file of documents, by the name it has when it is not packed.
        file: String,
    },
    /// Something in the folder is named like a file of a dump and is none.
    #[error(
        "it is not read: {name} in it is no plain file, but a link or a folder, and what a link leads to may be anything. \
         Copy the dump with the files themselves in it"
    )]
    NoFile {
        /// Its name.
        name: String,
    },
    /// It is damaged.
    #[error("it is damaged: {what} ({after_bytes} bytes in)")]
    Damaged {
        /// So many bytes (unpacked) were read before.
        after_bytes: u64,
        /// What is wrong.
        what: String,
    },
    /// It asks for more than is given.
    #[error("it was not read further: {0}")]
    TooLarge(String),
}

impl DumpError {
    /// The error behind a failed read at this place.
    pub(crate) fn reading(error: io::Error, after_bytes: u64, during: &'static str) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Cut { after_bytes, during },
            // What the unpacking says of bytes that are no gzip.
            ErrorKind::InvalidData | ErrorKind::InvalidInput => {
                Self::Damaged { after_bytes, what: format!("the packed bytes do not unpack ({error})") }
            }
            _ => Self::Io(error),
        }
    }
}
