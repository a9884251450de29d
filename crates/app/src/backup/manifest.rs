//! The manifest: a collection of its own at the end of a backup, with one document that says what is in the others.

use bson::raw::{RawArrayBuf, RawDocumentBuf, cstr};
use bson::{DateTime, RawDocument, oid::ObjectId};
use jiff::Timestamp;
use model::Id;

/// The collection it is in.
pub(super) const COLLECTION: &str = "backup_manifest";
/// How backups are laid out; a greater number is refused.
const FORMAT: i64 = 1;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Manifest {
    pub(super) format: i64,
    /// The version of the program that made it.
    pub(super) product_version: String,
    /// The engine it was read from, in words.
    pub(super) engine: String,
    pub(super) made_at: Timestamp,
    /// Name, number of documents, SHA-256 over their BSON one after the other.
    pub(super) collections: Vec<(String, u64, String)>,
}

impl Manifest {
    pub(super) fn new(engine: String, made_at: Timestamp, collections: Vec<(String, u64, String)>) -> Self {
        Self {
            format: FORMAT,
            product_version: super::PRODUCT_VERSION.to_owned(),
            engine,
            made_at,
            collections,
        }
    }

    pub(super) fn is_of_a_newer_format(&self) -> bool {
        self.format > FORMAT
    }

    pub(super) fn to_bson(&self, id: Id) -> Vec<u8> {
        let mut collections = RawArrayBuf::new();
        for (name, count, sha256) in &self.collections {
            let mut one = RawDocumentBuf::new();
            one.append(cstr!("name"), name.as_str());
            one.append(cstr!("count"), i64::try_from(*count).unwrap_or(i64::MAX));
            one.append(cstr!("sha256"), sha256.as_str());
            collections.push(one);
        }
        let mut manifest = RawDocumentBuf::new();
        manifest.append(cstr!("_id"), ObjectId::from_bytes(id.bytes()));
        manifest.append(cstr!("format"), self.format);
        manifest.append(cstr!("product_version"), self.product_version.as_str());
        manifest.append(cstr!("engine"), self.engine.as_str());
        manifest.append(cstr!("made_at"), DateTime::from_millis(self.made_at.as_millisecond()));
        manifest.append(cstr!("collections"), collections);
        manifest.into_bytes()
    }

    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let manifest = RawDocument::from_bytes(bytes).ok()?;
        let text = |document: &RawDocument, name| Some(document.get_str(name).ok()?.to_owned());
        let mut collections = Vec::new();
        for one in manifest.get_array("collections").ok()? {
            let one = one.ok()?.as_document()?;
            let count = u64::try_from(one.get_i64("count").ok()?).ok()?;
            collections.push((text(one, "name")?, count, text(one, "sha256")?));
        }
        Some(Self {
            format: manifest.get_i64("format").ok()?,
            product_version: text(manifest, "product_version")?,
            engine: text(manifest, "engine")?,
            made_at: Timestamp::from_millisecond(manifest.get_datetime("made_at").ok()?.timestamp_millis())
                .ok()?,
            collections,
        })
    }
}

/// Whether this version is a later one than that; versions are numbers with points between them, and what follows a
/// hyphen does not count.
pub(super) fn is_later(version: &str, than: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        let numbers = version.split(['-', '+']).next().unwrap_or_default();
        numbers.split('.').map(|number| number.parse().unwrap_or_default()).collect()
    };
    numbers(version) > numbers(than)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_comes_back() {
        let collections =
            vec![("events".to_owned(), 3, "ab".to_owned()), ("users".to_owned(), 0, String::new())];
        let made_at = Timestamp::from_millisecond(1_795_000_000_123).unwrap();
        let manifest = Manifest::new("SQLite 3.53".to_owned(), made_at, collections);
        let bytes = manifest.to_bson(Id::from_bytes([7; 12]));
        assert_eq!(Manifest::of(&bytes), Some(manifest));
        assert_eq!(Manifest::of(b"\x05\0\0\0\0"), None);
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        for (version, than, later) in [
            ("0.2.0", "0.1.9", true),
            ("0.10.0", "0.9.0", true),
            ("1.0.0", "1.0.0", false),
            ("0.1.0-rc", "0.1.0", false),
        ] {
            assert_eq!(is_later(version, than), later, "{version} {than}");
        }
    }
}
