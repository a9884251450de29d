//! The small documents of an archive that are not data: its head, the heads of collections, the heads of blocks.

use bson::RawDocument;
use bson::raw::{RawDocumentBuf, cstr};

use super::VERSION;
use crate::Collection;

/// The head of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) version: String,
    pub(super) server_version: String,
    pub(super) tool_version: String,
}

impl Head {
    pub(super) fn read(document: &RawDocument) -> Option<Self> {
        let text = |name| Some(document.get_str(name).ok()?.to_owned());
        Some(Self {
            version: text("version")?,
            server_version: text("server_version").unwrap_or_default(),
            tool_version: text("tool_version").unwrap_or_default(),
        })
    }

    pub(super) fn bytes(server_version: &str, tool_version: &str) -> Vec<u8> {
        let mut head = RawDocumentBuf::new();
        head.append(cstr!("concurrent_collections"), 1_i32);
        head.append(cstr!("version"), VERSION);
        head.append(cstr!("server_version"), server_version);
        head.append(cstr!("tool_version"), tool_version);
        head.into_bytes()
    }
}

/// The collection that a head introduces.
pub(super) fn collection(document: &RawDocument) -> Option<Collection> {
    let text = |name| Some(document.get_str(name).ok()?.to_owned());
    Some(Collection {
        database: text("db")?,
        name: text("collection")?,
        metadata: text("metadata").unwrap_or_default(),
        // Older tools say nothing, and know nothing else.
        kind: text("type").filter(|kind| !kind.is_empty()).unwrap_or_else(|| "collection".to_owned()),
    })
}

pub(super) fn collection_bytes(collection: &Collection) -> Vec<u8> {
    let mut head = RawDocumentBuf::new();
    head.append(cstr!("db"), collection.database.as_str());
    head.append(cstr!("collection"), collection.name.as_str());
    head.append(cstr!("metadata"), collection.metadata.as_str());
    head.append(cstr!("size"), 0_i32);
    head.append(cstr!("type"), collection.kind.as_str());
    head.into_bytes()
}

/// The head of a block: whose documents follow, or that no more of them do.
pub(super) struct Block<'a> {
    pub(super) database: &'a str,
    pub(super) name: &'a str,
    pub(super) is_end: bool,
    pub(super) checksum: u64,
}

impl<'a> Block<'a> {
    pub(super) fn read(document: &'a RawDocument) -> Option<Self> {
        let checksum = document
            .get_i64("CRC")
            .or_else(|_| document.get_i32("CRC").map(i64::from))
            .map(i64::cast_unsigned);
        Some(Self {
            database: document.get_str("db").ok()?,
            name: document.get_str("collection").ok()?,
            is_end: document.get_bool("EOF").ok()?,
            checksum: checksum.unwrap_or_default(),
        })
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut head = RawDocumentBuf::new();
        head.append(cstr!("db"), self.database);
        head.append(cstr!("collection"), self.name);
        head.append(cstr!("EOF"), self.is_end);
        head.append(cstr!("CRC"), self.checksum.cast_signed());
        head.into_bytes()
    }
}
