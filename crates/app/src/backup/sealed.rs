//! Encryption of a whole backup to a key, in the format of age (age-encryption.org): who makes backups needs the public
//! half only, and the file opens with age's own tool too.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use age::stream::StreamWriter;
use age::{DecryptError, Decryptor, Encryptor, IdentityFile};
use mongodump::{Dump, Limits};
use sha2::{Digest, Sha256};

use super::refused;
use crate::AppError;

/// Begins every encrypted file.
const MARK: &[u8] = b"age-encryption.org/v1\n";

/// Whom a backup is encrypted to: the public half of a key, `age1…`.
#[derive(Clone)]
pub struct Recipient(age::x25519::Recipient);

impl FromStr for Recipient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_: &str| {
            "it must be the public half of an age key, `age1…`, as age-keygen prints it".to_owned()
        })
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recipient")
    }
}

/// Where a backup is written to: a file, encrypted or not.
pub(super) enum Output<W: Write> {
    Plain(Digested<W>),
    Sealed(Box<StreamWriter<Digested<W>>>),
}

/// A file and the digest of what was written to it, to be held against what is on disk afterwards.
pub(super) struct Digested<W: Write> {
    file: BufWriter<W>,
    digest: Sha256,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.digest.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<W: Write> Output<W> {
    pub(super) fn new(file: W, recipient: Option<&Recipient>) -> io::Result<Self> {
        let file = Digested { file: BufWriter::with_capacity(1 << 16, file), digest: Sha256::new() };
        let Some(Recipient(recipient)) = recipient else { return Ok(Self::Plain(file)) };
        let encryptor = Encryptor::with_recipients(std::iter::once(recipient as &dyn age::Recipient))
            .map_err(io::Error::other)?;
        Ok(Self::Sealed(Box::new(encryptor.wrap_output(file)?)))
    }

    /// Ends the encryption and hands everything to the system; answers the SHA-256 of what it was handed.
    pub(super) fn end(self) -> io::Result<String> {
        let mut file = match self {
            Self::Plain(file) => file,
            Self::Sealed(sealed) => sealed.finish()?,
        };
        file.flush()?;
        Ok(hex::encode(file.digest.finalize()))
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Sealed(sealed) => sealed.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Sealed(sealed) => sealed.flush(),
        }
    }
}

/// Where a backup is read from: a file or folder, and the file with the key when it is encrypted.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The backup.
    pub path: PathBuf,
    /// A file with the secret halves of keys, as age-keygen writes it.
    pub identity: Option<PathBuf>,
}

impl From<&Path> for Origin {
    fn from(path: &Path) -> Self {
        Self { path: path.to_owned(), identity: None }
    }
}

impl Origin {
    /// Opens it, decrypting what is encrypted.
    pub(super) fn open(&self) -> Result<Dump, AppError> {
        let path = self.path.display();
        let said = |error: mongodump::DumpError| refused(format!("{path}: {error}"));
        if !is_encrypted(&self.path).unwrap_or_default() {
            return Dump::open(&self.path, Limits::default()).map_err(said);
        }
        let Some(identity) = &self.identity else {
            return Err(refused(format!(
                "{path}: it is encrypted; name the file with its key with --identity"
            )));
        };
        let keys = IdentityFile::from_file(identity.display().to_string())
            .map_err(|error| error.to_string())
            .and_then(|file| file.into_identities().map_err(|error| error.to_string()))
            .map_err(|error| {
                refused(format!("{}: no key could be read from it: {error}", identity.display()))
            })?;
        let file =
            File::open(&self.path).map_err(|error| refused(format!("{path}: it cannot be read: {error}")))?;
        let decryptor = Decryptor::new_buffered(BufReader::with_capacity(1 << 16, file))
            .and_then(|decryptor| decryptor.decrypt(keys.iter().map(|key| &**key as &dyn age::Identity)))
            .map_err(|error| match error {
                DecryptError::NoMatchingKeys => refused(format!(
                    "{path}: it is encrypted to another key than those in {}",
                    identity.display()
                )),
                error => refused(format!("{path}: it is damaged or cut short: {error}")),
            })?;
        Dump::read(Box::new(decryptor), Limits::default()).map_err(said)
    }
}

fn is_encrypted(path: &Path) -> io::Result<bool> {
    if path.is_dir() {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let mut start = vec![0; MARK.len()];
    Ok(file.read_exact(&mut start).is_ok() && start == MARK)
}
