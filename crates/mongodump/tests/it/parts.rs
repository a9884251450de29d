//! What the tests share: documents, archives of them, and everything that is in a dump.

use std::io::{Cursor, Write};

use bson::raw::{RawArrayBuf, RawDocumentBuf, cstr};
use flate2::Compression;
use flate2::write::GzEncoder;
use mongodump::archive::Writer;
use mongodump::{Collection, Dump, DumpError, Limits};

/// Name and documents of a collection.
pub(crate) type Contents = Vec<(String, Vec<Vec<u8>>)>;

/// A document with a number, a text, an array and a document in it.
pub(crate) fn document(number: i64, text: &str) -> Vec<u8> {
    let mut inner = RawDocumentBuf::new();
    inner.append(cstr!("longitude"), 13.4_f64);
    let mut array = RawArrayBuf::new();
    array.push(text);
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), number);
    document.append(cstr!("text"), text);
    document.append(cstr!("list"), array);
    document.append(cstr!("place"), inner);
    document.into_bytes()
}

/// Documents in documents.
pub(crate) fn nested(depth: usize) -> Vec<u8> {
    (1..depth)
        .fold(RawDocumentBuf::new(), |inner, _| {
            let mut outer = RawDocumentBuf::new();
            outer.append(cstr!("in"), inner);
            outer
        })
        .into_bytes()
}

/// The archive of this.
pub(crate) fn archive(contents: &Contents) -> Vec<u8> {
    let collections =
        contents.iter().map(|(name, _)| Collection::plain("house", name, "{\"indexes\":[]}".to_owned()));
    let mut writer = Writer::begin(Vec::new(), "4.4.6", "callboard", collections.collect()).unwrap();
    for (position, (_, documents)) in contents.iter().enumerate() {
        for document in documents {
            writer.document(position, document).unwrap();
        }
    }
    writer.end().unwrap()
}

pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Everything in a dump, read to its end.
pub(crate) fn contents(mut dump: Dump) -> Result<Contents, DumpError> {
    let mut contents: Contents =
        dump.collections().iter().map(|collection| (collection.name.clone(), Vec::new())).collect();
    while let Some((position, document)) = dump.next()? {
        contents[position].1.push(document.to_vec());
    }
    Ok(contents)
}

pub(crate) fn read(bytes: Vec<u8>) -> Result<Contents, DumpError> {
    read_within(bytes, Limits::default())
}

pub(crate) fn read_within(bytes: Vec<u8>, limits: Limits) -> Result<Contents, DumpError> {
    contents(Dump::read(Box::new(Cursor::new(bytes)), limits)?)
}

/// A small archive of two collections, one of them with nothing in it.
pub(crate) fn small() -> Contents {
    vec![
        ("events".to_owned(), vec![document(1, "Grüße"), document(2, "")]),
        ("users".to_owned(), Vec::new()),
        ("rooms".to_owned(), vec![document(3, "Atrium")]),
    ]
}
